"""Runs a drill: refuse, look, write down, break, wait, undo, watch the return, judge."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.resolver

from s3_failover.config import Site
from s3_failover.drill import outcome
from s3_failover.drill.report import Held, Report, ScenarioOutcome
from s3_failover.drill.site import ALARM_PERIOD, DrilledSite
from s3_failover.drill.states import DISTRIBUTION, HEALTHY, SECONDARY, UNKNOWN
from s3_failover.drill.verdict import Observed
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.clock import WALL
from s3_failover.operations.drill import history, journal, names
from s3_failover.operations.drill.deny_primary import DenyPrimary
from s3_failover.operations.drill.fault import Asked, Fault, Plan
from s3_failover.operations.drill.finish import PATIENCE, Say, finish, quietly
from s3_failover.operations.drill.history import LastDrill
from s3_failover.operations.drill.interrupts import Interrupts
from s3_failover.operations.drill.journal import Entry, Journal
from s3_failover.operations.drill.names import Cache, Viewpoint
from s3_failover.operations.drill.pause_replication import PauseReplication
from s3_failover.operations.drill.preflight import Examination, unwell
from s3_failover.operations.drill.probe import Probe
from s3_failover.operations.drill.viewers import OneObject, Viewers
from s3_failover.operations.drill.watch import Watch
from s3_failover.operations.refusals import explained

LONGEST = 600.0
"""Seconds that a fault may last."""

CALM = 10.0
"""Seconds of ordinary traffic before anything is broken, and after everything is back."""

SPREADING = 30.0
"""Seconds allowed for a policy or a health check to take effect everywhere: usually a few, AWS names no number."""

MARGIN = 30.0
"""Seconds after its time limit at which a fault that can end by itself does."""

SHORTEST_PAUSE_OF_REPLICATION = 120.0
"""Seconds of `pause-replication`, unless told otherwise."""


@dataclass(frozen=True)
class Options:
    """How to drill.

    Attributes:
        seconds: how long the fault lasts at most; by default what the configuration needs to fail over.
        fis_role: the role that AWS Fault Injection Service acts with.
        key: what viewers ask for; by default the health object, which CloudFront never caches.
        even_if_unhealthy: whether to drill a site that is not as it should be.
        calm: seconds of ordinary traffic before and after.
        undo_patience: seconds for which an undo that fails is tried again.
    """

    seconds: float | None = None
    fis_role: str | None = None
    key: str | None = None
    even_if_unhealthy: bool = False
    calm: float = CALM
    undo_patience: float = PATIENCE


@dataclass(frozen=True)
class Times:
    """What the configuration promises, in seconds.

    Attributes:
        detection: until checks have turned and DNS answers otherwise.
        record_ttl: until every resolver has followed.
        longest: how long the fault lasts at most.
    """

    detection: float
    record_ttl: int
    longest: float


class Drill:
    """One drill of one site.

    Args:
        site: the site.
        account: where it is deployed.
        fault: what is broken.
        options: how.
        folder: for the copy of the record on this machine.
        resolver: who alone resolves names where the site is; by default the world's DNS is asked.
        say: gets a line for each step.

    Raises:
        UserError: the site is not deployed, or cannot fail over in the time that a drill may take.
    """

    def __init__(
        self,
        site: Site,
        account: Account,
        fault: Fault,
        options: Options,
        *,
        folder: Path,
        resolver: dns.resolver.Resolver | None = None,
        say: Say,
    ) -> None:
        self.site = site
        self.drilled = DrilledSite(site, slack=SPREADING)
        self.fault = fault
        self.expected = fault.expected[site.mode].with_secondary(site.secondary.kind)
        self.seconds = self._seconds(options.seconds)
        self._account = account
        self._options = options
        self._say = say
        self._id = secrets.token_hex(4)
        self._journal = Journal(site, account, folder)
        self._probe = Probe(site, account, self._id) if isinstance(fault, PauseReplication) else None
        self._where = names.targets(site, account)
        self._examination = Examination(
            site, account, self._where, names.servers(site, resolver), options.key or site.health_key
        )

    @property
    def times(self) -> Times:
        """What the configuration promises."""
        return Times(self.drilled.detection, self.site.record_ttl, self.seconds)

    def plan(self) -> Plan:
        """Return what would be done from now on; changes nothing.

        Raises:
            UserError: it cannot be done to this site.
        """
        until = datetime.now(UTC) + timedelta(seconds=self.seconds + MARGIN)
        asked = Asked(self.site, self._account, self._id, until, self._options.fis_role)
        return self.fault.plan(asked)

    def check(self) -> None:
        """Refuse what is better not broken now; changes nothing.

        Raises:
            UserError: a drill is under way, the credentials are another account's, or the site is not as it should be.
        """
        self._journal.require_none()
        journal.caller(self._account, self._journal.region)
        objections = self._examination.objections(self.expected)
        if objections and not self._options.even_if_unhealthy:
            raise unwell(objections)
        for objection in objections:
            self._say(f"drilled nevertheless: {objection}")

    def run(self, look: Callable[[str, Running], None] = lambda _phase, _running: None) -> Report:
        """Drill, and return what became of it; what was broken is undone however this ends.

        Args:
            look: is shown the drill while it waits, several times a second.

        Raises:
            UserError: it was refused, interrupted, or could not be done or undone.
        """
        self.check()
        by = journal.caller(self._account, self._journal.region)
        with Interrupts() as interrupts, contextlib.ExitStack() as stack:
            running = self._begin(stack, interrupts, look)
            running.wait("calm", self._options.calm)
            running.require_going()
            self._broken(running, by)
            running.require_going()
            self._watch_return(running)
        return self._report(running, by)

    def _seconds(self, asked: float | None) -> float:
        if asked is not None:
            return asked
        if isinstance(self.fault, PauseReplication):
            return SHORTEST_PAUSE_OF_REPLICATION
        # What must not happen needs as much time as what must.
        needed = max(self.drilled.failover + ALARM_PERIOD, self.drilled.alarm if self.expected.alarms else 0)
        if needed > LONGEST:
            raise UserError(
                f"sites.{self.site.name} needs {needed:.0f} s to fail over, expected at most {LONGEST:.0f} s for a "
                "drill: lower record_ttl, health_check_interval or health_check_threshold, or give a time with --for"
            )
        return needed

    def _begin(
        self, stack: contextlib.ExitStack, interrupts: Interrupts, look: Callable[[str, Running], None]
    ) -> Running:
        body, servers = self._examination.body(), self._examination.servers
        watch = Watch(self.site, self._account, WALL, where=self._where, servers=servers)
        cache = Cache(Viewpoint(servers.first, self.site, self._account, self._where), WALL)
        viewers = {
            scheme: Viewers(
                self.site,
                scheme,
                objects=OneObject(self._examination.key, body),
                where=self._where,
                cache=cache,
                account=self._account,
                clock=WALL,
            )
            for scheme in ("http", "https")
        }
        if self._probe:
            stack.callback(self._tidy, self._probe)
        stack.callback(watch.stop)
        watch.start()
        for each in viewers.values():
            stack.callback(each.stop)
            each.start()
        return Running(self, watch, viewers, interrupts, look)

    def _broken(self, running: Running, by: str) -> None:
        """Break, wait and undo: between writing down and the end of the undo, nothing leaves this method early."""
        plan = running.plan = self.plan()
        entry = self._entry(plan, by)
        self._journal.write(entry)
        try:
            where = f"{self._journal.name} ({self._journal.region}) and {self._journal.file}"
            quietly(self._say, f"the undo is written down in {where}")
            running.outage = time.time()
            with explained(f"begin {self.fault.name}", service=self.fault.service):
                self.fault.begin(self._account, plan.undo)
            # Who finished it before it began has undone nothing.
            self._journal.require(entry)
            if self._probe:
                self._probe.publish()
            quietly(self._say, f"{self.fault.name}: {self.fault.title}")
            least = min(self.seconds, self.drilled.failover + ALARM_PERIOD)
            running.wait("outage", least)
            running.wait("outage", self.seconds - least, running.settled)
            if self._probe:
                self._probe.look()
        finally:
            running.healing = time.time()
            running.was_there = finish(
                self._account, self._journal, entry, say=self._say, patience=self._options.undo_patience
            )
        quietly(self._say, "undone")

    def _watch_return(self, running: Running) -> None:
        patience = self.drilled.alarm + self.drilled.failover
        if self._probe:
            patience = max(patience, self.site.alarms.replication_latency_seconds)
        running.wait("healing", patience, running.returned)
        # Resolvers keep the last answer of the outage for one time to live.
        moved = self.expected.dns_moves
        running.wait("after", (self.site.record_ttl if moved else 0) + self._options.calm)
        if self._probe:
            self._probe.look()
        running.end = time.time()

    def _tidy(self, probe: Probe) -> None:
        try:
            probe.remove()
        except UserError as error:
            quietly(self._say, f"{probe.key} is left in the primary bucket: {error}")

    def _entry(self, plan: Plan, by: str) -> Entry:
        now = datetime.now(UTC)
        return Entry(
            id=self._id,
            site=self.site.name,
            hostname=self.site.hostname,
            account=self._account.id,
            fault=self.fault.name,
            begun=journal.moment(now),
            until=journal.moment(now + timedelta(seconds=self.seconds + MARGIN)),
            by=by,
            undo=plan.undo,
        )

    def _report(self, running: Running, by: str) -> Report:
        seen = running.observed()
        of_site = outcome.of_site(seen, self._besides(running))
        done = ScenarioOutcome(
            scenario=self.fault.name,
            title=self.fault.title,
            faults=list(running.plan.changes) if running.plan else [],
            healed_after=round(running.healing - running.outage, 1),
            ended_after=round(running.end - running.outage, 1),
            sites=[of_site],
        )
        self._remember(running, done.held, by)
        return Report(
            speed=1,
            config=self.site.name,
            held=done.held,
            scenarios=[done],
            account=self._account.id,
            asked_for=self._asked_for(running),
        )

    def _asked_for(self, running: Running) -> str:
        """Return what viewers asked for, and whether the CDN's cache may have hidden the outage."""
        key = self._examination.key
        if key == self.site.health_key:
            return f"/{key}, which is never cached"
        cached = sum(each.cached for each in running.viewers.values())
        return f"/{key}, of which {cached} answers came from CloudFront's cache and say nothing about the bucket"

    def _besides(self, running: Running) -> Iterator[Held]:
        yield Held(
            expectation="what was broken stays broken until the drill undoes it",
            held=running.was_there,
            seen="undone by the drill" if running.was_there else "somebody else undid it before",
        )
        if self.expected.dns_moves:
            yield from running.followed()
        elif isinstance(self.fault, DenyPrimary):
            yield from running.by_replica()
        if self._probe:
            yield from self._probe.judge(running.healing)

    def _remember(self, running: Running, held: bool, by: str) -> None:
        begin, end = (journal.moment(datetime.fromtimestamp(at, UTC)) for at in (running.outage, running.end))
        try:
            history.write(self.site, self._account, LastDrill(self.fault.name, begin, end, held, by))
        except UserError as error:
            quietly(self._say, f"the drill is not noted as the last one: {error}")


class Running:
    """A drill that is under way, and what was seen of it.

    Attributes:
        drill: what is drilled.
        watch: DNS, checks and alarms.
        viewers: viewers by scheme.
        outage: when the fault began.
        healing: when it was undone.
        end: when the drill was over.
        was_there: whether the fault was there until it was undone.
        phase: what it waits for.
        until: when that is over at the latest.
        plan: what was done; None before it was.
    """

    def __init__(
        self,
        drill: Drill,
        watch: Watch,
        viewers: dict[str, Viewers],
        interrupts: Interrupts,
        look: Callable[[str, Running], None],
    ) -> None:
        self.drill = drill
        self.watch = watch
        self.viewers = viewers
        self.outage = self.healing = self.end = 0.0
        self.was_there = False
        self.phase = ""
        self.until = 0.0
        self.plan: Plan | None = None
        self._interrupts = interrupts
        self._look = look

    def wait(self, phase: str, longest: float, until: Callable[[], bool] = lambda: False) -> None:
        """Wait until something is so, for so many seconds at most, or until somebody interrupts."""
        self.phase, self.until = phase, time.time() + longest
        while (left := self.until - time.time()) > 0 and not until() and not self._interrupts.asked.is_set():
            quietly(lambda phase: self._look(phase, self), phase)
            self._interrupts.asked.wait(min(left, 0.25))

    def require_going(self) -> None:
        """Refuse to go on after an interruption.

        Raises:
            UserError: there was one.
        """
        if self._interrupts.asked.is_set():
            broken = "what was broken is undone" if self.outage else "nothing was broken"
            raise UserError(f"interrupted: {broken}", exit_code=128 + self._interrupts.number)

    def settled(self) -> bool:
        """Return whether everything that must happen in the outage has happened."""
        expected = self.drill.expected
        arrived = all(self.watch.arrived(name, "ALARM", self.outage) is not None for name in expected.alarms)
        return arrived and (not expected.dns_moves or self.watch.answer.state == SECONDARY)

    def returned(self) -> bool:
        """Return whether everything is as before the outage."""
        expected = self.drill.expected
        probe = self.drill._probe
        over = all(self.watch.arrived(name, "OK", self.healing) is not None for name in expected.alarms)
        off = all(self.watch.alarm(name).state != "ALARM" for name in expected.alarms | expected.quiet)
        well = all(check.lane.state == HEALTHY for check in self.watch.checks.values())
        back = self.watch.answer.state == DISTRIBUTION
        return over and off and well and back and (probe is None or probe.look())

    def followed(self) -> Iterator[Held]:
        """Return whether each public resolver that answers at all has followed in time."""
        limit = self.drill.drilled.failover
        for lane in self.watch.public:
            if lane.state == UNKNOWN:
                continue
            at = lane.first(SECONDARY, self.outage, self.healing)
            yield Held(
                expectation=f"{lane.name} follows within {limit:.0f} s",
                held=at is not None and at - self.outage <= limit,
                seen="never" if at is None else f"after {at - self.outage:.0f} s",
            )

    def by_replica(self) -> Iterator[Held]:
        """Return whether the distribution answered with what the replica holds, where answers tell that at all."""
        marks = [mark for each in self.viewers.values() for mark in each.copies]
        count = sum(self.outage <= at < self.healing and mark == "REPLICA" for at, mark in marks)
        if marks:
            text = "the distribution answers with what the replica holds"
            yield Held(expectation=text, held=count > 0, seen=f"{count} answers were a replica's")

    def observed(self) -> Observed:
        """Return everything that was seen."""
        visits: dict[str, Any] = {scheme: each.visits for scheme, each in self.viewers.items()}
        return Observed(
            drilled=self.drill.drilled,
            expected=self.drill.expected,
            watch=self.watch,
            visits=visits,
            outage=self.outage,
            healing=self.healing,
            end=self.end,
            delivered=False,
        )
