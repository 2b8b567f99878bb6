"""Why replication is late, or a bucket does not answer: what health checks and CloudWatch say, where they answer."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.names.health_checks import CheckRole
from s3_failover.operations import health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.shown import amount
from s3_failover.operations.status import checks, replication
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.replication import Lag, Queue
from s3_failover.operations.together import together

SECONDS = 15.0
"""How long all that is asked may take together."""


def why(site: Site, account: Account, source: str, region: str) -> str:
    """Return in one line what is known about why a region does not get what was published to a source; never raises."""
    parts: dict[str, Callable[[], Any]] = {"checks": functools.partial(checks.look, site, account)}
    parts |= replication.looks(site, account)
    if not site.versioned:
        parts["queue"] = functools.partial(replication.queue, site, account)
    found = together(parts, seconds=SECONDS)
    return "; ".join((*_of_checks(found["checks"]), *_of_copies(site, (source, region), found)))


def outage(site: Site, account: Account) -> str:
    """Return in one line which legs are known to be down, and where DNS leads; empty if none is; never raises."""
    found = together({"checks": functools.partial(checks.look, site, account)}, seconds=SECONDS)["checks"]
    if isinstance(found, UserError):
        return ""
    told = [_unhealthy(check) for check in found if check.role in health_checks.ENDPOINTS and check.healthy is False]
    return "; ".join((*told, *_moved(found)))


def statements(site: Site, account: Account) -> tuple[Policy | None, ...]:
    """Return the IAM statements that allow what is asked."""
    return (
        allow(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], ["*"]),
        allow(["route53:GetHealthCheck", "route53:GetHealthCheckStatus"], ["arn:aws:route53:::healthcheck/*"]),
        *replication.needs(site, account),
    )


def _of_checks(found: tuple[Check, ...] | UserError) -> Iterator[str]:
    if isinstance(found, UserError):
        yield f"the health checks are unknown: {found}"
        return
    known = {check.role: check for check in found}
    bad = [check for role in health_checks.CHILDREN if (check := known.get(role)) and check.healthy is False]
    yield from map(_unhealthy, bad)
    moved = tuple(_moved(found))
    yield from moved
    if not bad and not moved:
        yield "no health check of the primary or the distribution is known to be unhealthy"


def _unhealthy(check: Check) -> str:
    return f"the health check of the {check.role} is unhealthy" + (f" ({check.failure})" if check.failure else "")


def _moved(found: tuple[Check, ...]) -> Iterator[str]:
    if any(check.role == CheckRole.FAILOVER and check.healthy is False for check in found):
        yield "DNS leads viewers to the secondary"


def _of_copies(site: Site, way: tuple[str, str], found: Mapping[str, Any]) -> Iterator[str]:
    if not site.versioned:
        yield _of_queue(found["queue"])
        return
    for lag in replication.lags(site, dict(found)):
        if (lag.source, lag.destination) == way:
            yield _of_lag(lag)


def _of_queue(found: Queue | UserError) -> str:
    if isinstance(found, UserError):
        return f"how many changes wait for the function that copies is unknown: {found}"
    return f"{amount(found.waiting, 'change')} waiting for the function that copies, {found.dead:,} given up"


def _of_lag(lag: Lag) -> str:
    if lag.pending is None:
        reason = f": {lag.errors[0]}" if lag.errors else ", CloudWatch has no data yet"
        return f"how many operations are pending is unknown{reason}"
    behind = "" if lag.latency is None else f", {lag.latency:,.0f} s behind"
    failed = f", {lag.failed:,.0f} failed in 24 h" if lag.failed else ""
    return f"S3 has {amount(round(lag.pending), 'operation')} pending{behind}{failed}"
