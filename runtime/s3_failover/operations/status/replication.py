"""How far behind the replicas are, as CloudWatch says: each metric in the region that publishes it."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import Field

from s3_failover.config import Route, Site, StackRole
from s3_failover.errors import UserError
from s3_failover.names.stacks import Output
from s3_failover.operations import permissions
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import explained
from s3_failover.operations.status import metrics
from s3_failover.operations.status.metrics import Metric, Series
from s3_failover.results import part

DAY = timedelta(days=1)


@part
class Lag:
    """A replication rule; a number is null where there is no data, which is not zero."""

    source: str
    """The region that is copied."""
    destination: str
    """The region of the copy."""
    rule_id: str = Field(serialization_alias="rule")
    """The rule's id."""
    pending: float | None = None
    """Operations that wait."""
    pending_bytes: float | None = None
    """Bytes that wait."""
    latency: float | None = Field(default=None, serialization_alias="latency_seconds")
    """Seconds that the copy is behind."""
    failed: float | None = Field(default=None, serialization_alias="failed_in_a_day")
    """Operations that failed in the last 24 hours."""
    errors: tuple[str, ...] = Field(default=(), exclude=True)
    """What could not be looked at."""


@part
class Queue:
    """What waits for the function that copies, and what it has given up."""

    waiting: int
    """Changes that wait, those that are being copied included."""
    oldest: float | None = Field(serialization_alias="oldest_seconds")
    """How long the oldest has waited; null without data."""
    dead: int = Field(serialization_alias="dead_letters")
    """Changes that were given up."""


Look = Callable[[], list[Series]]


def looks(site: Site, account: Account) -> dict[str, Look]:
    """Return what to ask about a site's rules, by name: one question per region and kind of metric."""
    return {
        name: functools.partial(metrics.read, account, region, each)
        for name, (region, each) in watched(site, account).items()
    }


def watched(site: Site, account: Account) -> dict[str, tuple[str, list[Metric]]]:
    """Return the region and the metrics of each question about a site's rules, by its name."""
    found: dict[str, tuple[str, list[Metric]]] = {}
    if not site.versioned:
        return found
    for region in dict.fromkeys(route.destination for route in site.routes):
        found[_lag(region)] = region, _lags(site, account, region)
    for region in dict.fromkeys(route.source for route in site.routes):
        found[_failures(region)] = region, _fails(site, account, region)
    return found


def lags(site: Site, found: Mapping[str, list[Series] | UserError]) -> tuple[Lag, ...]:
    """Return how every rule does, from the answers to `looks`."""
    return tuple(_with_failures(site, route, found, _behind(site, route, found)) for route in site.routes)


def _behind(site: Site, route: Route, found: Mapping[str, list[Series] | UserError]) -> Lag:
    lag = Lag(route.source, route.destination, route.rule_id)
    told = found[_lag(route.destination)]
    if isinstance(told, UserError):
        return replace(lag, errors=(str(told),))
    place = 3 * _to(site, route.destination).index(route)
    latency, pending, waiting = (metrics.newest(series) for series in told[place : place + 3])
    return replace(lag, latency=latency, pending=pending, pending_bytes=waiting)


def _with_failures(site: Site, route: Route, found: Mapping[str, list[Series] | UserError], lag: Lag) -> Lag:
    told = found[_failures(route.source)]
    if isinstance(told, UserError):
        return replace(lag, errors=(*lag.errors, str(told)))
    series = told[_from(site, route.source).index(route)]
    return replace(lag, failed=sum(value for _, value in series) if series else None)


def _lag(region: str) -> str:
    return f"replication to {region}"


def _failures(region: str) -> str:
    return f"failed replication from {region}"


def _to(site: Site, region: str) -> Sequence[Route]:
    return [route for route in site.routes if route.destination == region]


def _from(site: Site, region: str) -> Sequence[Route]:
    return [route for route in site.routes if route.source == region]


_LAG_METRICS = ("ReplicationLatency", "OperationsPendingReplication", "BytesPendingReplication")


def _lags(site: Site, account: Account, region: str) -> list[Metric]:
    routes = _to(site, region)
    return [Metric("AWS/S3", name, _rule(site, account, route)) for route in routes for name in _LAG_METRICS]


def _fails(site: Site, account: Account, region: str) -> list[Metric]:
    name = "OperationsFailedReplication"
    return [
        Metric("AWS/S3", name, _rule(site, account, route), "Sum", period=3600, span=DAY)
        for route in _from(site, region)
    ]


def _rule(site: Site, account: Account, route: Route) -> dict[str, str]:
    names = site.names(account.id)
    copies = {"SourceBucket": names.copy(route.source), "DestinationBucket": names.copy(route.destination)}
    return {**copies, "RuleId": route.rule_id}


def queue(site: Site, account: Account) -> Queue:
    """Return what waits for the function that copies; raise UserError if the stack does not output the queue's URL."""
    region = site.primary_region
    told = Deployment(site, account).outputs(StackRole.PRIMARY, region)
    url, dead = told[Output.REPLICATION_QUEUE_URL], told[Output.REPLICATION_DEAD_LETTERS_URL]
    sqs = account.client("sqs", region)
    with explained(f"look at the replication's queue in {region}", service="sqs"):
        counts = [_count(sqs, each) for each in (url, dead)]
    # A queue's URL ends in its name (SQS Developer Guide, sqs-queue-message-identifiers).
    age = Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": url.rpartition("/")[2]})
    (series,) = metrics.read(account, region, [age])
    return Queue(counts[0], metrics.newest(series), counts[1])


def needs(site: Site, account: Account) -> tuple[Policy, ...]:
    """Return the statements that `queue` needs: none where S3 copies."""
    if site.versioned:
        return ()
    stack = permissions.stack(site, account, StackRole.PRIMARY, site.primary_region)
    return (
        allow(["cloudformation:DescribeStacks"], [stack]),
        permissions.queues(site, account, ["sqs:GetQueueAttributes"]),
    )


def _count(sqs: Any, url: str) -> int:
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    return sum(int(found[each]) for each in wanted)
