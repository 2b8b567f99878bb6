"""The health checks: what Route 53 says of them, or where its API is down, what CloudWatch has heard."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError
from pydantic import Field

from s3_failover.config import EDGE_REGION, Site
from s3_failover.errors import UserError
from s3_failover.names.health_checks import CheckRole
from s3_failover.operations.account import Account
from s3_failover.operations.health_checks import identifiers, with_evacuation
from s3_failover.operations.refusals import THROTTLED, code, explained
from s3_failover.operations.status import metrics
from s3_failover.operations.status.metrics import Metric, Series
from s3_failover.results import part

ENOUGH = 0.18
"""Route 53 calls an endpoint healthy when more than this share of its checkers do (Route 53 Developer Guide,
dns-failover-determining-health-of-endpoints)."""

PAUSES = (0.5, 1.0, 2.0)
"""Seconds between questions to Route 53 that is asked too often: it answers an account five times a second (Route 53
Developer Guide, DNSLimitations), and a site takes nine questions."""


@part
class Check:
    """A health check as it is."""

    role: str
    """`failover`, `primary`, `distribution`, `secondary` or `evacuation`."""
    id: str
    """Its id."""
    decides: bool = False
    """Whether DNS moves with it."""
    healthy: bool | None = None
    """What it counts as for Route 53, which does not see whether a secondary is empty; null if unknown."""
    succeeding: int | None = None
    """Checkers that succeed; null for a calculated check, or if unknown."""
    checkers: int | None = None
    """All checkers."""
    forced: tuple[str, ...] = Field(default=(), serialization_alias="set_by_hand")
    """What makes it say other than it sees: `disabled`, `inverted`, `needs 4 of 3 healthy`."""
    source: str = ""
    """The source: `route53` or `cloudwatch`; empty if neither answered."""
    failure: str = Field(default="", exclude=True)
    """What a checker that fails says."""
    error: str = Field(default="", exclude=True)
    """Why Route 53 could not be asked."""
    config: Mapping[str, Any] = Field(default_factory=dict, exclude=True)
    """Its configuration, as Route 53 has it."""


def look(site: Site, account: Account) -> tuple[Check, ...]:
    """Return every health check of a site."""
    ids = identifiers(site, account)
    try:
        return _from_route53(account, ids)
    except UserError as error:
        return _from_cloudwatch(account, ids, str(error))


def _from_route53(account: Account, ids: Mapping[str, str]) -> tuple[Check, ...]:
    route53 = account.client("route53", EDGE_REGION)
    with explained("look at the health checks", service="route53"):
        deciding = _config(route53, ids[CheckRole.FAILOVER])
        ids = with_evacuation(ids, deciding.get("ChildHealthChecks", ()))
        others = {role: _config(route53, each) for role, each in ids.items() if role != CheckRole.FAILOVER}
        configs = {CheckRole.FAILOVER.value: deciding, **others}
        seen = {role: _seen(route53, ids[role]) for role, config in configs.items() if config["Type"] != "CALCULATED"}
    found = {role: _observed(role, ids[role], configs[role], told) for role, told in seen.items()}
    states = {check.id: check.healthy for check in found.values()}
    # A calculated check is judged by its children: there is no status of it to ask for.
    for role in configs.keys() - found.keys():
        healthy = _calculated(configs[role], states)
        found[role] = Check(role, ids[role], healthy=healthy, config=configs[role])
    return tuple(map(_finished, (found[role] for role in ids)))


def _config(route53: Any, identifier: str) -> Mapping[str, Any]:
    config: Mapping[str, Any] = _slowly(route53.get_health_check, identifier)["HealthCheck"]["HealthCheckConfig"]
    return config


def _seen(route53: Any, identifier: str) -> list[str]:
    told = _slowly(route53.get_health_check_status, identifier)["HealthCheckObservations"]
    return [each["StatusReport"]["Status"] for each in told]


def _slowly(ask: Callable[..., Any], identifier: str) -> Any:
    for pause in PAUSES:
        try:
            return ask(HealthCheckId=identifier)
        except ClientError as error:
            if code(error) not in THROTTLED:
                raise
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - it spreads load
    return ask(HealthCheckId=identifier)


def _observed(role: str, identifier: str, config: Mapping[str, Any], told: list[str]) -> Check:
    good = sum(status.startswith("Success") for status in told)
    healthy = good / len(told) > ENOUGH if told else None
    bad = next((status for status in told if not status.startswith("Success")), "")
    return Check(
        role,
        identifier,
        healthy=judged(config, healthy),
        succeeding=good if told else None,
        checkers=len(told) if told else None,
        failure=bad,
        config=config,
    )


def judged(config: Mapping[str, Any], healthy: bool | None) -> bool | None:
    """Return what Route 53 makes of a check that is or is not healthy: disabled it always is, inverted it is not.

    A check that is both is always unhealthy (Route 53 API, UpdateHealthCheck).
    """
    if config.get("Disabled"):
        healthy = True
    return healthy if healthy is None or not config.get("Inverted") else not healthy


def _calculated(config: Mapping[str, Any], states: Mapping[str, bool | None]) -> bool | None:
    needed, children = config.get("HealthThreshold", 0), config.get("ChildHealthChecks", ())
    told = [states.get(child) for child in children]
    surely, perhaps = told.count(True), len(told) - told.count(False)
    if surely >= needed or perhaps < needed:
        return judged(config, surely >= needed)
    return judged(config, None)


def _finished(check: Check) -> Check:
    changes = {
        **check.__dict__,
        "decides": check.role == CheckRole.FAILOVER,
        "forced": forced(check.role, check.config),
    }
    return Check(**changes | {"source": "route53" if check.healthy is not None else ""})


def forced(role: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the settings of a check that keep it from saying what it should."""
    inverted = config.get("Inverted", False)
    said = ["disabled"] if config.get("Disabled") else []
    if inverted != (role == CheckRole.EVACUATION):
        said.append("inverted" if inverted else "not inverted")
    children = len(config.get("ChildHealthChecks", ()))
    if config.get("Type") == "CALCULATED" and config.get("HealthThreshold") != children:
        said.append(f"needs {config.get('HealthThreshold')} of {children} healthy")
    return tuple(said)


def _from_cloudwatch(account: Account, ids: Mapping[str, str], error: str) -> tuple[Check, ...]:
    try:
        series = metrics.read(account, EDGE_REGION, watched(ids))
    except UserError:
        series = [()] * len(ids)
    return heard(ids, series, error)


def watched(ids: Mapping[str, str]) -> list[Metric]:
    """Return what to ask CloudWatch about checks, by their ids."""
    return [status_metric(identifier, timedelta(minutes=5)) for identifier in ids.values()]


def heard(ids: Mapping[str, str], series: Sequence[Series], error: str = "") -> tuple[Check, ...]:
    """Return the checks as CloudWatch last heard of them; `error` is why Route 53 was not asked."""
    found = []
    for (role, identifier), values in zip(ids.items(), series, strict=True):
        last = metrics.newest(values)
        healthy = None if last is None else last >= 1
        source = "" if last is None else "cloudwatch"
        decides = role == CheckRole.FAILOVER
        found.append(Check(role, identifier, decides=decides, healthy=healthy, source=source, error=error))
    return tuple(found)


def status_metric(identifier: str, span: timedelta) -> Metric:
    """Return the metric of a check's state: 1 while it is healthy."""
    return Metric("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": identifier}, "Minimum", span=span)
