"""How many sites are, in several accounts: what a region can tell of all of them is asked once."""

import functools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3_failover.config import EDGE_REGION, Site
from s3_failover.errors import UserError
from s3_failover.names.health_checks import CheckRole
from s3_failover.operations import emptiness, health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.evacuation import switch
from s3_failover.operations.resolvers import NameServer
from s3_failover.operations.status import alarms, checks, metrics, overview, replication
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.metrics import Metric, Series
from s3_failover.operations.status.overview import Status
from s3_failover.operations.together import by_turns

SECONDS = 20.0
"""How long all sites together may take; a part that has not answered by then is reported as such."""

AT_ONCE = 64
"""Questions that are under way at a time: as many as a client of AWS has connections."""


@dataclass(frozen=True)
class Place:
    """A site, the account to look at, and the DNS servers to ask."""

    site: Site
    account: Account
    asked: Sequence[NameServer]


_Key = tuple[Any, ...]
_Found = Mapping[_Key, Any]


def look(places: Sequence[Place], *, seconds: float = SECONDS) -> list[Status]:
    """Return how sites are, in their order; nothing that cannot be reached makes this fail, or wait long.

    The health checks are as CloudWatch last heard of them: Route 53's API answers an account five times a second, which
    is too little for many sites. CloudWatch is asked once for each region of an account.
    """
    parts: dict[_Key, Callable[[], Any]] = {}
    for each in places:
        parts |= _of_site(each)
    for account in dict.fromkeys(each.account for each in places):
        parts |= _of_account(account, [each.site for each in places if each.account is account])
    found = by_turns(parts, seconds=seconds, at_once=AT_ONCE)
    return [_status(each, found) for each in places]


def _of_site(place: Place) -> dict[_Key, Callable[[], Any]]:
    """Return what is asked for one site alone."""
    site, account = place.site, place.account
    key = (account, site.hostname)
    parts: dict[_Key, Callable[[], Any]] = {
        (*key, "dns"): functools.partial(overview.viewers, site, account, place.asked),
        (*key, "notes"): functools.partial(switch.noted, site, account),
    }
    for region in site.regions:
        parts[*key, "content", region] = functools.partial(emptiness.is_empty, site, account, region)
    if not site.versioned:
        parts[*key, "queue"] = functools.partial(replication.queue, site, account)
    return parts


def _of_account(account: Account, sites: Sequence[Site]) -> dict[_Key, Callable[[], Any]]:
    """Return what is asked for all sites of an account at once."""
    parts: dict[_Key, Callable[[], Any]] = {}
    for region in dict.fromkeys(region for site in sites for region in alarms.regions(site)):
        parts[account, "alarms", region] = functools.partial(alarms.listed, account, region)
    parts[account, "checks"] = functools.partial(_checks, account, sites)
    for region, wanted in _lag_metrics(account, sites).items():
        parts[account, "lags", region] = functools.partial(_series, account, region, wanted)
    return parts


def _checks(account: Account, sites: Sequence[Site]) -> dict[str, tuple[Check, ...] | UserError]:
    """Return the checks of every site by its hostname, from the alarms on them and their metrics."""
    listed = alarms.listed(account, EDGE_REGION)
    ids = {site.hostname: _ids(site, listed) for site in sites}
    series = _series(account, EDGE_REGION, {(name,): checks.watched(each) for name, each in ids.items()})
    return {
        site.hostname: checks.heard(ids[site.hostname], series[site.hostname,])
        if ids[site.hostname]
        else UserError("no alarm names the health checks: is the edge stack deployed?")
        for site in sites
    }


def _ids(site: Site, listed: Sequence[Any]) -> dict[str, str]:
    found = health_checks.of_alarms(site, alarms.among(site, EDGE_REGION, listed))
    return {role.value: found[role] for role in sorted(found, key=lambda role: role != CheckRole.FAILOVER)}


def _lag_metrics(account: Account, sites: Sequence[Site]) -> dict[str, dict[_Key, list[Metric]]]:
    """Return the metrics of the replication of all sites, by region, site and question."""
    wanted: defaultdict[str, dict[_Key, list[Metric]]] = defaultdict(dict)
    for site in sites:
        for name, (region, each) in replication.watched(site, account).items():
            wanted[region][site.hostname, name] = each
    return wanted


def _series(account: Account, region: str, wanted: Mapping[_Key, Sequence[Metric]]) -> dict[_Key, list[Series]]:
    """Return the values of many lists of metrics, which are read together."""
    series = iter(metrics.read(account, region, [metric for each in wanted.values() for metric in each]))
    return {key: [next(series) for _ in each] for key, each in wanted.items()}


def _status(place: Place, found: _Found) -> Status:
    site, account = place.site, place.account
    key = (account, site.hostname)
    seen = found[*key, "dns"]
    heard, answer = (seen, None) if isinstance(seen, UserError) else seen
    listed = {region: found[account, "alarms", region] for region in alarms.regions(site)}
    return Status(
        site,
        account.now(),
        heard,
        answer,
        _part(found[account, "checks"], site.hostname),
        replication.lags(site, _answers(place, found)) if site.versioned else (),
        found.get((*key, "queue")),
        {
            region: each if isinstance(each, UserError) else alarms.among(site, region, each)
            for region, each in listed.items()
        },
        found[*key, "notes"],
        {region: found[*key, "content", region] for region in site.regions},
        account.id,
    )


def _answers(place: Place, found: _Found) -> dict[str, list[Series] | UserError]:
    """Return the answers to the questions about a site's replication, by their names."""
    return {
        name: _part(found[place.account, "lags", region], (place.site.hostname, name))
        for name, (region, _) in replication.watched(place.site, place.account).items()
    }


def _part(found: Any, key: Any) -> Any:
    """Return one site's part of an answer about all, or why there is no answer."""
    return found if isinstance(found, UserError) else found[key]
