"""What must be true before viewers return to the primary, condition by condition; looking changes nothing."""

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from s3_failover.config import EDGE_REGION, Site
from s3_failover.errors import UserError
from s3_failover.names.alarms import FAILOVER, STRANDED
from s3_failover.names.health_checks import CheckRole
from s3_failover.operations import health_checks, legs, notes, permissions, verify
from s3_failover.operations.account import Account
from s3_failover.operations.evacuation import health, lost
from s3_failover.operations.evacuation.condition import Condition, Met
from s3_failover.operations.evacuation.switch import is_on, statements
from s3_failover.operations.notes import Notes
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import explained
from s3_failover.operations.shown import amount, shown
from s3_failover.operations.status import alarms, checks, metrics, overview, replication
from s3_failover.operations.status.checks import Check
from s3_failover.operations.together import Later, together
from s3_failover.operations.verify import Scope

Say = Callable[[str], None]

_ENOUGH_TIME = 120.0
_LARGEST_SAMPLE = 5 * 1024 * 1024
_EVACUATIONS_RING = (FAILOVER, STRANDED)


@dataclass(frozen=True)
class Closeness:
    """How closely to look."""

    healthy: timedelta = timedelta(minutes=15)
    """How long the primary's legs must have been healthy."""
    since: datetime | None = None
    """Only objects written at or after this moment are compared; None for all."""


@dataclass(frozen=True)
class Readiness:
    """Whether viewers may return.

    There are no notes where those are unknown; `on` is whether viewers are evacuated, None if that is unknown.
    """

    conditions: tuple[Condition, ...]
    notes: Notes
    on: bool | None = None

    @property
    def exit_code(self) -> int:
        """0 if viewers may return, 3 if not, 1 if that could not be found out."""
        met = {condition.met for condition in self.conditions}
        return 3 if Met.NOT_MET in met else 1 if Met.UNKNOWN in met else 0


def look(site: Site, account: Account, wanted: Closeness, *, say: Say) -> Readiness:
    """Return whether viewers may return; what cannot be looked at is a condition that is unknown."""
    return _Look(site, account, wanted, say).all()


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `return` look, and bring viewers back."""
    looks = [*overview.policy(site, account)["Statement"], *verify.policy(site, account)["Statement"]]
    stacks = allow(["cloudformation:DescribeStacks"], [permissions.stacks(site, account)])
    return permissions.policy(*looks, stacks, *statements(site, account))


class _Look:
    """One look at a site; every method returns conditions, or raises why it cannot tell."""

    def __init__(self, site: Site, account: Account, wanted: Closeness, say: Say) -> None:
        self._site, self._account, self._wanted, self._say = site, account, wanted, say

    def all(self) -> Readiness:
        """Return everything."""
        self._say("looking at health checks, evacuation and drills")
        parts: dict[str, Callable[[], Any]] = {
            "notes": lambda: notes.read(self._site, self._account),
            "checks": lambda: checks.look(self._site, self._account),
            "switch": lambda: is_on(self._site, self._account),
        }
        found = together(parts, seconds=_ENOUGH_TIME)
        self._notes: Notes | UserError = found["notes"]
        self._checks: tuple[Check, ...] | UserError = found["checks"]
        self._on: bool | UserError = found["switch"]
        looks = {
            "the primary bucket and the distribution are healthy": self._healthy,
            "no health check is set by hand": self._forced,
            "no drill is left undone": self._drill,
            "replication is done": self._replication,
            "the replicas hold what the primary holds": self._parity,
            "the replicas hold nothing that the primary lacks": self._lost,
            "no alarm is on": self._alarms,
            "the distribution serves what the secondary serves": self._same,
        }
        # At once: where nothing answers, each waits as long as its clients do, and all wait no longer than one.
        begun = {title: Later(functools.partial(_listed, part)) for title, part in looks.items()}
        conditions = tuple(each for title, part in begun.items() for each in self._told(title, part))
        known = self._notes if isinstance(self._notes, Notes) else Notes()
        return Readiness(conditions, known, None if isinstance(self._on, UserError) else self._on)

    def _told(self, title: str, part: Later[list[Condition]]) -> list[Condition]:
        try:
            return part.ended()
        except UserError as error:
            return [Condition(title, Met.UNKNOWN, str(error), "fix the cause, then look again")]

    def _known_checks(self) -> tuple[Check, ...]:
        if isinstance(self._checks, UserError):
            raise self._checks
        return self._checks

    def _healthy(self) -> Iterator[Condition]:
        found = {check.role: check for check in self._known_checks()}
        now, span = self._account.now(), self._wanted.healthy
        for role in health_checks.CHILDREN:
            minutes = f"{span.total_seconds() / 60:g} min"
            title = f"the {'primary bucket' if role == 'primary' else role} has been healthy for {minutes}"
            todo = "wait; if it stays so, see what it answers for the health object"
            if role not in found:
                yield Condition(title, Met.UNKNOWN, "there is no such health check", "deploy the site again")
                continue
            metric = checks.status_metric(found[role].id, span + timedelta(minutes=5))
            (series,) = metrics.read(self._account, EDGE_REGION, [metric])
            met, seen = health.judged(series, now, span)
            yield Condition(title, met, seen, "" if met is Met.MET else todo)

    def _forced(self) -> Iterator[Condition]:
        title = "no health check is set by hand"
        found = self._known_checks()
        errors = [check.error for check in found if check.error]
        if errors:
            raise UserError(errors[0])
        by_hand = [check for check in found if check.forced]
        for check in by_hand:
            todo = f"find out who set it, and why; put it back: {_put_back(check)}"
            yield Condition(title, Met.NOT_MET, f"{check.role} ({check.id}) is {', '.join(check.forced)}", todo)
        if not by_hand:
            yield Condition(title, Met.MET, "all as deployed")

    def _drill(self) -> Iterator[Condition]:
        title = "no drill is left undone"
        if isinstance(self._notes, UserError):
            raise self._notes
        if self._notes.drill:
            drill = self._notes.drill
            seen = f"{drill.get('fault', 'a drill')}, begun {drill.get('begun', 'at an unknown time')}"
            yield Condition(title, Met.NOT_MET, seen, f"s3-failover drill {self._site.name} --undo")
        else:
            yield Condition(title, Met.MET, "none is")

    def _replication(self) -> Iterator[Condition]:
        self._say("looking at replication and alarms")
        if not self._site.versioned:
            yield self._queue()
            return
        found = together(replication.looks(self._site, self._account), seconds=_ENOUGH_TIME)
        for lag in replication.lags(self._site, found):
            title = f"replication from {lag.source} to {lag.destination} is done"
            seen = f"{_number(lag.pending)} operations pending, {_number(lag.failed)} failed in 24 h"
            if lag.errors:
                yield Condition(title, Met.UNKNOWN, lag.errors[0], "fix the cause, then look again")
            elif lag.pending or lag.failed:
                todo = "wait for what is pending; publish again what failed, S3 does not retry it"
                yield Condition(title, Met.NOT_MET, seen, todo)
            elif lag.pending is None:
                yield Condition(title, Met.UNKNOWN, seen, "wait a few minutes for CloudWatch; no data is not zero")
            else:
                yield Condition(title, Met.MET, seen)

    def _queue(self) -> Condition:
        queue = replication.queue(self._site, self._account)
        seen = f"{amount(queue.waiting, 'change')} waiting, {amount(queue.dead, 'dead letter')}"
        if not (queue.waiting or queue.dead):
            return Condition("replication is done", Met.MET, seen)
        todo = "wait for what waits; for dead letters fix the cause and start a redrive in SQS"
        return Condition("replication is done", Met.NOT_MET, seen, todo)

    def _parity(self) -> Iterator[Condition]:
        self._say("comparing the replicas with the primary")
        scope = Scope(since=self._wanted.since, settle=timedelta(0))
        for parity in verify.verify(self._site, self._account, scope).replicas:
            title = f"{parity.region} holds what the primary holds"
            # Objects that only the replica has are for the next condition.
            drift = {kind: count for kind, count in parity.drift.items() if kind is not DriftKind.EXTRA}
            if not drift:
                yield Condition(title, Met.MET, f"all of {amount(parity.same, 'key')}")
                continue
            kinds = ", ".join(f"{count:,} {kind.value}" for kind, count in sorted(drift.items()))
            objects = tuple(
                f"{each.key} ({each.kind.value}: {each.detail})"
                for each in parity.shown
                if each.kind is not DriftKind.EXTRA
            )
            todo = f"s3-failover verify {self._site.name} --region {parity.region}; see the steps"
            seen = f"of {amount(parity.compared, 'key')}, these differ: {kinds}"
            yield Condition(title, Met.NOT_MET, seen, todo, objects)

    def _lost(self) -> Iterator[Condition]:
        self._say("comparing the primary with the replicas")
        site = self._site
        for region in site.replica_regions:
            found = lost.of(site, self._account, region, since=self._wanted.since)
            title = f"{region} holds nothing that the primary lacks"
            if not found.count:
                yield Condition(title, Met.MET, "nothing")
                continue
            todo = (
                "wait until replication has brought them back"
                if site.replication.two_way
                else "copy them, see the steps"
            )
            seen = f"{found.count:,} {'is' if found.count == 1 else 'are'} newer there and would be lost"
            yield Condition(title, Met.NOT_MET, seen, todo, found.shown)

    def _alarms(self) -> Iterator[Condition]:
        site = self._site
        bad = []
        for region in alarms.regions(site):
            for alarm in alarms.look(site, self._account, region):
                if alarm.state != "OK" and not (self._on is True and alarm.name.endswith(_EVACUATIONS_RING)):
                    bad.append(f"{alarm.name} in {region} is {alarm.state}")
        if bad:
            seen = f"{len(bad)} {'is' if len(bad) == 1 else 'are'} not OK"
            yield Condition("no alarm is on", Met.NOT_MET, seen, "fix what they report", tuple(bad))
        else:
            besides = ", but for those of the evacuation itself" if self._on is True else ""
            yield Condition("no alarm is on", Met.MET, f"all are OK{besides}")

    def _same(self) -> Iterator[Condition]:
        site = self._site
        ways = legs.legs(site, self._account)
        for key in dict.fromkeys((site.health_key, _sample(site, self._account))):
            first, second = (way.get(key) for way in ways)
            title = f"distribution and secondary serve the same {shown('/' + key)}"
            if first.status == second.status == 200 and first.body == second.body:
                yield Condition(title, Met.MET, f"both {amount(len(first.body), 'byte')}")
                continue
            seen = f"distribution {_said(first)}, secondary {_said(second)}"
            if first.unseen or second.unseen:
                yield Condition(title, Met.UNKNOWN, seen, "look again from a network without that proxy")
                continue
            todo = "where only the bytes differ: invalidate it, and look again; else fix the one that does not serve"
            yield Condition(title, Met.NOT_MET, seen, todo)


def _listed(part: Callable[[], Iterator[Condition]]) -> list[Condition]:
    return list(part())


def _put_back(check: Check) -> str:
    told = f"aws route53 update-health-check --health-check-id {check.id}"
    if check.config.get("Type") == "CALCULATED":
        told += f" --health-threshold {len(check.config.get('ChildHealthChecks', ()))}"
    inverted = "--inverted" if check.role == CheckRole.EVACUATION else "--no-inverted"
    return f"{told} --no-disabled {inverted}"


def _sample(site: Site, account: Account) -> str:
    """Return the key of one object of the primary, chosen by chance among the first thousand."""
    bucket, client = site.names(account.id).primary, account.client("s3", site.primary_region)
    with explained(f"choose an object of {bucket}"):
        found = client.list_objects_v2(Bucket=bucket, MaxKeys=1000).get("Contents", ())
        keys = [
            each["Key"]
            for each in found
            if each["Size"] <= _LARGEST_SAMPLE and not each["Key"].endswith("/") and site.copies(each["Key"])
        ]
        for key in random.sample(keys, min(len(keys), 5)):
            # The website redirects for such an object, the distribution by default serves it.
            if "WebsiteRedirectLocation" not in client.head_object(Bucket=bucket, Key=key):
                return str(key)
    return site.health_key


def _said(answer: legs.LegAnswer) -> str:
    size = f" with {amount(len(answer.body), 'byte')}" if answer.status == 200 else ""
    return f"{answer.status or answer.error}{size}"


def _number(value: float | None) -> str:
    return "no data on" if value is None else f"{value:,.0f}"
