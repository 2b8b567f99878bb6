"""The rules between sites: two of them may not own the same hostname, bucket or metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s3_failover.config.catalogue import Fault, Rule, rule
from s3_failover.config.checks import Examined
from s3_failover.config.literals import dotted, literal
from s3_failover.config.model import Site

HOSTNAME = rule("SITES-HOSTNAME-UNIQUE", "CloudFront refuses an alias twice and Route 53 a record twice")
BUCKET = rule("SITES-BUCKET-UNIQUE", "bucket names are global: two sites would write into one bucket")
CLIENTS = rule("SITES-CLIENTS-UNIQUE", "the hosts of two sites would be counted as one fleet")

_NAMING = ("hostname", "primary_region", "replica_regions", "account", "primary_bucket", "secondary")
_METRICS = ("replica_regions", "account", "clients.service", "clients.alarm_region")


def between(sites: Sequence[Examined]) -> Iterator[Fault]:
    """Return what is wrong between sites; a setting that is already at fault is not looked at."""
    spelled = [each for each in sites if each.sound("hostname") and "SITE-HOSTNAME" not in each.broken]
    yield from _hostnames([each.site for each in spelled])
    yield from _buckets([each.site for each in spelled if each.sound(*_NAMING)])
    yield from _fleets([each.site for each in sites if each.sound(*_METRICS)])


def _hostnames(sites: Sequence[Site]) -> Iterator[Fault]:
    owners: dict[str, Site] = {}
    for site in sites:
        owner = owners.setdefault(site.hostname, site)
        if owner is not site:
            yield _taken(HOSTNAME, site, "hostname", site.hostname, owner)
    beside = {name: site for site in sites if not site.has_website_secondary for name in _beside(site)}
    for site in sites:
        if site.hostname in beside:
            yield _taken(HOSTNAME, site, "hostname", site.hostname, beside[site.hostname])


def _buckets(sites: Sequence[Site]) -> Iterator[Fault]:
    """Names that are computed cannot meet (see `names.slug`): only a name that a site chooses can be another's."""
    chosen: dict[str, Site] = {}
    computed = {name: site for site in sites for name in _computed(site)}
    for site in sites:
        name = site.primary_bucket
        if name is None:
            continue
        owner = computed.get(name, chosen.setdefault(name, site))
        if owner is not site:
            yield _taken(BUCKET, site, "primary_bucket", name, owner)


def _beside(site: Site) -> tuple[str, str]:
    """The names of an https secondary: those of two cannot meet, a hostname can be one of them."""
    return site.secondary_target, site.secondary_check


def _fleets(sites: Sequence[Site]) -> Iterator[Fault]:
    owners: dict[tuple[str | None, str, str], Site] = {}
    for site in sites:
        if site.clients is None:
            continue
        service = site.client_service
        owner = owners.setdefault((site.account, site.client_alarm_region, service), site)
        if owner is not site:
            yield _taken(CLIENTS, site, "clients.service", service, owner)


def _computed(site: Site) -> set[str]:
    return set(site.names(site.account or "0" * 12).buckets) - {site.primary_bucket}


def _taken(rule_: Rule, site: Site, field: str, value: str, owner: Site) -> Fault:
    theirs = dotted(("sites", owner.name))
    at = ("sites", site.name, *field.split("."))
    return Fault(rule_, at, literal(value), f"a value that {theirs} does not use", f"change it here or in {theirs}")
