"""All that is known about a site now, and the problems among it."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from s3_failover.config import Site
from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.names.health_checks import CheckRole
from s3_failover.operations import emptiness, enabled_regions, left_over, permissions, resolvers
from s3_failover.operations.account import Account
from s3_failover.operations.evacuation import switch
from s3_failover.operations.legs import LegAddress, LegAnswer
from s3_failover.operations.notes import Notes
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.resolvers import Heard, NameServer
from s3_failover.operations.status import alarms, checks, replication
from s3_failover.operations.status.alarms import Alarm
from s3_failover.operations.status.checks import Check
from s3_failover.operations.status.replication import Lag, Queue
from s3_failover.operations.together import together
from s3_failover.results import part

SECONDS = 15.0
"""How long all parts together may take; a part that has not answered by then is reported as such."""

_VIEWER_PATIENCE = 4.0
_OF_PRIMARY = frozenset({"COMPLETED", "PENDING", "FAILED"})


@part
class Problem:
    """Something that is not as it should be, or that is unknown."""

    what: str
    """What it is."""
    outage: bool = False
    """Whether it is an outage, or the secondary that serves."""


@dataclass(frozen=True)
class Status:
    """How a site is. Every part may be the reason why it could not be looked at.

    The answer is what a viewer gets for the health object where DNS leads. There are no lags where a function copies,
    and no queue where S3 does. `empty` is, by region, whether a copy holds nothing but the health object.
    """

    site: Site
    at: datetime
    heard: tuple[Heard, ...] | UserError
    answer: LegAnswer | None
    checks: tuple[Check, ...] | UserError
    lags: tuple[Lag, ...]
    queue: Queue | UserError | None
    alarms: Mapping[str, tuple[Alarm, ...] | UserError]
    notes: Notes | UserError
    empty: Mapping[str, bool | UserError] = field(default_factory=dict)
    account: str = "unknown"

    @property
    def serves(self) -> Leg:
        """Where DNS leads viewers: as the zone's name servers say, or where none answers, as resolvers do."""
        told = [] if isinstance(self.heard, UserError) else [each for each in self.heard if each.leads != Leg.UNKNOWN]
        own = [each for each in told if each.server.authoritative] or told
        ways = {each.leads for each in own}
        return ways.pop() if len(ways) == 1 else Leg.UNKNOWN

    @property
    def by_checks(self) -> Leg:
        """Where DNS should lead viewers by the state of the check that decides."""
        deciding = self.check(CheckRole.FAILOVER)
        if deciding is None or deciding.healthy is None:
            return Leg.UNKNOWN
        return Leg.DISTRIBUTION if deciding.healthy else Leg.SECONDARY

    @property
    def copy(self) -> str:
        """Which bucket the viewer's answer came from: `primary`, `replica`, or nothing where that cannot be told.

        S3 says so with every object that it has replicated (S3 API, GetObject, x-amz-replication-status).
        """
        told = {name.lower(): value for name, value in self.answer.headers.items()} if self.answer else {}
        status = told.get("x-amz-replication-status", "")
        return "replica" if status == "REPLICA" else "primary" if status in _OF_PRIMARY else ""

    @property
    def evacuation(self) -> Mapping[str, Any] | None:
        """Who evacuated viewers; None if they are not evacuated, or if the notes cannot be read."""
        return None if isinstance(self.notes, UserError) else self.notes.evacuation

    def check(self, role: str) -> Check | None:
        """Return the health check of a role."""
        return next((check for check in self.known_checks if check.role == role), None)

    @property
    def known_checks(self) -> tuple[Check, ...]:
        """The health checks; none where they are unknown."""
        return () if isinstance(self.checks, UserError) else self.checks

    @property
    def lacking(self) -> tuple[str, ...]:
        """The regions of the replicas that are empty, unless the primary is known to be empty too."""
        if self.empty.get(self.site.primary_region) is True:
            return ()
        return tuple(region for region in self.site.replica_regions if self.empty.get(region) is True)

    @property
    def secondary_is_empty(self) -> bool:
        """Whether viewers who are sent to the secondary find the health object there, and no content."""
        is_ours = self.site.secondary.kind.is_ours
        return is_ours and self.site.replica_regions[0] in self.lacking

    @property
    def unknown(self) -> dict[str, str]:
        """Which parts could not be looked at, and why."""
        parts: dict[str, Any] = {"DNS": self.heard, "checks": self.checks, "queue": self.queue}
        parts |= {f"alarms in {region}": found for region, found in self.alarms.items()}
        parts |= {f"content in {region}": found for region, found in self.empty.items()}
        parts["evacuation and drills"] = self.notes
        parts |= {f"replication {lag.rule_id}": UserError(lag.errors[0]) for lag in self.lags if lag.errors}
        found = {name: str(why) for name, why in parts.items() if isinstance(why, UserError)}
        error = next((check.error for check in self.known_checks if check.error), "")
        return found | ({"checks in Route 53": error} if error else {})

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is not as it should be, the worst first."""
        looks = (_serving, _of_checks, _of_content, _of_replication, _of_alarms, _of_notes, _unknown)
        problems = (problem for look in looks for problem in look(self))
        return tuple(sorted(problems, key=lambda each: not each.outage))

    @property
    def exit_code(self) -> int:
        """0 if the primary serves and nothing is wrong, 3 in an outage, else 1."""
        problems = self.problems
        return 3 if any(problem.outage for problem in problems) else 1 if problems else 0


def look(site: Site, account: Account, asked: Sequence[NameServer]) -> Status:
    """Return how a site is; nothing that cannot be reached makes this fail, or wait long."""
    regions, copies = alarms.regions(site), emptiness.copies(site, account)
    parts: dict[str, Callable[[], Any]] = {
        "dns": functools.partial(viewers, site, account, asked),
        "checks": functools.partial(checks.look, site, account),
        "notes": functools.partial(switch.noted, site, account),
        **{f"alarms in {region}": functools.partial(alarms.look, site, account, region) for region in regions},
        **{f"content in {region}": functools.partial(emptiness.is_empty, site, account, region) for region in copies},
        **replication.looks(site, account),
    }
    if not site.versioned:
        parts["queue"] = functools.partial(replication.queue, site, account)
    found = together(parts, seconds=SECONDS)
    seen = found["dns"]
    heard, answer = (seen, None) if isinstance(seen, UserError) else seen
    return Status(
        site,
        account.now(),
        heard,
        answer,
        found["checks"],
        replication.lags(site, found) if site.versioned else (),
        found.get("queue"),
        {region: found[f"alarms in {region}"] for region in regions},
        found["notes"],
        {region: found[f"content in {region}"] for region in copies},
        account.id,
    )


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `status` look at a site."""
    return permissions.policy(
        allow(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], ["*"]),
        allow(["route53:GetHealthCheck", "route53:GetHealthCheckStatus"], ["arn:aws:route53:::healthcheck/*"]),
        allow(["cloudformation:DescribeStacks"], [permissions.stack(site, account)]),
        left_over.NEED,
        enabled_regions.NEED,
        allow(["ssm:GetParameters"], [permissions.record(site, account, "*")]),
        allow(["s3:ListBucket"], permissions.buckets(site, account)),
        *switch.looks(site, account),
        *replication.needs(site, account),
    )


def viewers(site: Site, account: Account, asked: Sequence[NameServer]) -> tuple[tuple[Heard, ...], LegAnswer | None]:
    """Return where DNS servers lead viewers, and what a viewer gets there for the health object."""
    heard = resolvers.look(site, account, asked)
    leading = next((each for each in heard if each.leads in (Leg.DISTRIBUTION, Leg.SECONDARY)), None)
    return heard, _asked(site, account, leading) if leading else None


def _asked(site: Site, account: Account, heard: Heard) -> LegAnswer:
    """Return what a viewer gets for the health object where an answer of DNS leads."""
    secure = heard.leads is Leg.DISTRIBUTION or site.secondary.kind.speaks_https
    address, port = account.reach(heard.target, 443 if secure else 80)
    tls = account.tls() if secure else None
    return LegAddress("viewers", site.hostname, address, port, tls, timeout=_VIEWER_PATIENCE).get(site.health_key)


def _serving(status: Status) -> Iterator[Problem]:
    if isinstance(status.heard, UserError):
        return
    serves, expected = status.serves, status.by_checks
    if serves is Leg.SECONDARY:
        moved = "; an operator has evacuated viewers there" if status.evacuation else ""
        yield Problem(f"the secondary serves{moved}", outage=True)
    elif serves is Leg.ELSEWHERE:
        yield Problem("DNS leads neither to the distribution nor to the secondary", outage=True)
    elif serves is Leg.UNKNOWN:
        yield Problem("where DNS leads is unknown")
    if Leg.UNKNOWN not in (serves, expected) and serves is not expected:
        yield Problem(f"DNS and checks disagree: DNS leads to {serves.record}, the checks say {expected.record}")
    for each in status.heard:
        if each.leads not in (serves, Leg.UNKNOWN):
            lives = "" if each.ttl is None else f" for {each.ttl} s more"
            yield Problem(f"{each.server.name} leads to {each.leads.record}{lives}")
    yield from _answered(status)


def _answered(status: Status) -> Iterator[Problem]:
    answer = status.answer
    if answer is not None and answer.unseen:
        yield Problem(f"what viewers get cannot be seen from here: {answer.error}")
    elif answer is not None and answer.status != 200:
        yield Problem(f"viewers get {answer.status or answer.error} for the health object", outage=True)
    elif status.serves is Leg.DISTRIBUTION and status.copy == "replica":
        yield Problem("the distribution reads the replica: it cannot read the primary bucket", outage=True)


def _of_checks(status: Status) -> Iterator[Problem]:
    for check in status.known_checks:
        if check.healthy is False:
            # Without the secondary there is nothing to fail over to, and viewers do not notice yet.
            yield Problem(f"the check {check.role} is unhealthy", outage=check.role != "secondary")
        elif check.healthy is None:
            yield Problem(f"the check {check.role} is unknown")
        if check.forced:
            yield Problem(f"the check {check.role} is set by hand: {', '.join(check.forced)}")


def _of_content(status: Status) -> Iterator[Problem]:
    for region in status.lacking:
        yield Problem(f"{region} holds nothing but the health object: {emptiness.remedy(status.site)}")


def _of_replication(status: Status) -> Iterator[Problem]:
    limits = status.site.alarms
    for lag in status.lags:
        way = f"{lag.source} to {lag.destination}"
        if not lag.errors and (lag.pending is None or lag.latency is None):
            yield Problem(f"replication from {way} has no data")
        if (lag.pending or 0) > limits.replication_pending_operations:
            yield Problem(f"replication from {way} has {lag.pending:,.0f} operations pending")
        if (lag.latency or 0) > limits.replication_latency_seconds:
            yield Problem(f"replication from {way} is {lag.latency:,.0f} s late")
        if lag.failed:
            yield Problem(f"replication from {way} failed for {lag.failed:,.0f} operations in 24 h")
    yield from _of_queue(status)


def _of_queue(status: Status) -> Iterator[Problem]:
    queue = status.queue
    if isinstance(queue, Queue) and queue.dead:
        yield Problem(f"replication has given up {queue.dead:,} changes")


def _of_alarms(status: Status) -> Iterator[Problem]:
    for region, found in status.alarms.items():
        if isinstance(found, UserError):
            continue
        if not found:
            yield Problem(f"there are no alarms in {region}")
        bad = sum(alarm.state != "OK" for alarm in found)
        if bad:
            yield Problem(f"{bad} of {len(found)} alarms in {region} {'is' if bad == 1 else 'are'} not OK")


def _of_notes(status: Status) -> Iterator[Problem]:
    if isinstance(status.notes, UserError):
        return
    if status.notes.evacuation:
        yield Problem(f"viewers are evacuated to the secondary: s3-failover return {status.site.name}")
    if status.notes.drill:
        yield Problem("a drill is not undone: s3-failover drill --undo")


def _unknown(status: Status) -> Iterator[Problem]:
    """Return every reason once, with all the parts that could not be looked at for it."""
    reasons: dict[str, list[str]] = {}
    for name, why in status.unknown.items():
        reasons.setdefault(why, []).append(name)
    for why, parts in reasons.items():
        yield Problem(f"unknown: {', '.join(parts)}: {why}")
