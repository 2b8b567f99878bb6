"""A drill of one site in an account: refuse, look, write down, break, wait, undo, watch the return, judge."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.resolver

from s3_failover.config import Site
from s3_failover.drill import evidence
from s3_failover.drill.expected import Fails
from s3_failover.drill.report import DrillReport, Evidence, Held
from s3_failover.drill.site import DrilledSite
from s3_failover.drill.states import SECONDARY, UNKNOWN
from s3_failover.errors import UserError
from s3_failover.names import alarms
from s3_failover.operations import mute, notes
from s3_failover.operations.account import Account
from s3_failover.operations.clock import WALL
from s3_failover.operations.drill import history, journal, names
from s3_failover.operations.drill.conduct import Conductor, SiteRun
from s3_failover.operations.drill.fault import AskedFault, DrillFault, FaultPlan
from s3_failover.operations.drill.finish import PATIENCE, Say, finish, quietly
from s3_failover.operations.drill.history import LastDrill
from s3_failover.operations.drill.interrupts import Interrupts
from s3_failover.operations.drill.journal import Journal, JournalEntry
from s3_failover.operations.drill.preflight import Examination, unwell
from s3_failover.operations.drill.probe import DrillProbe
from s3_failover.operations.drill.result import DrillResult, Times
from s3_failover.operations.drill.viewers import OneObject
from s3_failover.operations.mute import Mute
from s3_failover.operations.refusals import explained

LONGEST = 600.0
"""Seconds that a fault may last."""

CALM = 10.0
"""Seconds of ordinary traffic before anything is broken, and after everything is back."""

SPREADING = 30.0
"""Seconds allowed for a policy or a health check to take effect everywhere: usually a few, AWS names no number."""

MARGIN = 30.0
"""Seconds after its time limit at which a fault that can end by itself does."""


@dataclass(frozen=True)
class DrillOptions:
    """How to drill."""

    seconds: float | None = None
    """How long the fault lasts at most; by default what the configuration needs to fail over."""
    fis_role: str | None = None
    """The role that AWS Fault Injection Service acts with."""
    key: str | None = None
    """What viewers ask for; by default the health object, which CloudFront never caches."""
    even_if_unhealthy: bool = False
    """Whether to drill a site that is not as it should be."""
    calm: float = CALM
    """Seconds of ordinary traffic before and after."""
    config: Path | None = None
    """What the site was read from; None for a site that no file has."""
    mute: bool = True
    """Whether the alarms that it sets off are muted."""
    embedded: bool = False
    """Whether the account is that of an embedded AWS."""
    undo_patience: float = PATIENCE
    """Seconds for which an undo that fails is tried again."""


Look = Callable[[str, Conductor[SiteRun]], None]
"""Is shown the phase and the drill while it waits, several times a second."""


class Drill:
    """One drill of one site.

    `folder` is for the copy of the record on this machine. `resolver` alone resolves names where the site is; by
    default the world's DNS is asked.

    Raises:
        UserError: the site is not deployed, or cannot fail over in the time that a drill may take.
    """

    def __init__(
        self,
        site: Site,
        account: Account,
        fault: DrillFault,
        options: DrillOptions,
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
        self._where = names.targets(site, account)
        self._examination = Examination(
            site, account, self._where, names.servers(site, resolver), options.key or site.health_key
        )

    @property
    def times(self) -> Times:
        """What the configuration promises."""
        return Times(self.drilled.detection, self.site.record_ttl, self.seconds)

    def result(self, plan: FaultPlan, found: DrillReport | None) -> DrillResult:
        """Return what was planned and found; None for what was not drilled, because of --dry-run."""
        return DrillResult(
            site=self.site.name,
            fault=self.fault.name,
            dry_run=found is None,
            changes=plan.changes,
            undo=plan.undone,
            promise=self.times,
            held=None if found is None else found.held,
            report=found,
        )

    def plan(self) -> FaultPlan:
        """Return what would be done, and change nothing; raise UserError if it cannot be done to this site."""
        return self.fault.plan(self._asked())

    def check(self) -> None:
        """Raise UserError where it is better not to drill now: another drill, another account, an unwell site."""
        self._journal.require_none()
        journal.caller(self._account, self._journal.region)
        objections = self._examination.objections(self.expected)
        if objections and not self._options.even_if_unhealthy:
            raise unwell(objections)
        for objection in objections:
            self._say(f"drilled nevertheless: {objection}")

    def run(self, look: Look = lambda _phase, _conductor: None) -> DrillReport:
        """Drill, and return what became of it; what was broken is undone however this ends.

        Raises:
            UserError: it was refused, interrupted, or could not be done or undone.
        """
        begun, config = datetime.now(UTC), self._options.config
        digest = evidence.digest(config) if config else None
        self.check()
        by = journal.caller(self._account, self._journal.region)
        injected = self.injected(by)
        with Interrupts() as interrupts, contextlib.ExitStack() as stack:
            stack.callback(injected.tidy)
            run = self._begin(stack)
            conductor = Conductor([run], injected, WALL, calm=self._options.calm, look=look, interrupts=interrupts)
            conductor.run()
        asked_by = evidence.EMBEDDED if self._options.embedded else by
        return self._report(conductor, injected, by, evidence.of(begun, digest, asked_by))

    def injected(self, by: str) -> Injected:
        """Return the fault as an outage, and record who begins it."""
        return Injected(self, self._journal, probe=self.fault.probe(self._asked()), by=by, say=self._say)

    def entry(self, plan: FaultPlan, by: str) -> JournalEntry:
        """Return what is written down before anything changes."""
        now = datetime.now(UTC)
        return JournalEntry(
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

    @property
    def mute(self) -> Mute:
        """What is muted meanwhile: the alarms that must go off, and the second monitor's."""
        caused = set(self.expected.alarms)
        if self.expected.http_fails is not Fails.NEVER or self.expected.dns_moves:
            caused.add(alarms.MONITOR_FAILING)
        # The embedded AWS has no mute rules, and notifies no people.
        wanted = self._options.mute and not self._options.embedded
        return mute.of(self.site, self._account, notes.DRILL, caused if wanted else ())

    @property
    def muted_seconds(self) -> float:
        """How long they are muted at most: the fault, the way back, and until the alarms are off again."""
        return self.seconds + MARGIN + self.drilled.failover + self.drilled.alarm

    @property
    def undo_patience(self) -> float:
        """Seconds for which an undo that fails is tried again."""
        return self._options.undo_patience

    def _asked(self) -> AskedFault:
        until = datetime.now(UTC) + timedelta(seconds=self.seconds + MARGIN)
        return AskedFault(self.site, self._account, self._id, until, self._options.fis_role)

    def _seconds(self, asked: float | None) -> float:
        if asked is not None:
            return asked
        needed = self.fault.lasts(self.drilled, self.expected)
        if needed > LONGEST:
            raise UserError(
                f"sites.{self.site.name} needs {needed:.0f} s to fail over, expected at most {LONGEST:.0f} s for a "
                "drill: lower record_ttl, health_check_interval or health_check_threshold, or give a time with --for"
            )
        return needed

    def _begin(self, stack: contextlib.ExitStack) -> SiteRun:
        run = SiteRun(
            self.drilled,
            self.expected,
            self._account,
            WALL,
            where=self._where,
            servers=self._examination.servers,
            objects=OneObject(self._examination.key, self._examination.body()),
            # A subscription would be one thing more to undo.
            delivered=False,
        )
        run.start(stack)
        run.view(stack)
        return run

    def _report(self, conductor: Conductor[SiteRun], injected: Injected, by: str, gathered: Evidence) -> DrillReport:
        (run,) = conductor.runs
        of_site = run.outcome(conductor, self._besides(conductor, injected))
        done = conductor.outcome(self.fault.title, injected.plan.changes, [of_site])
        self._remember(conductor, done.held, by)
        return DrillReport(
            speed=1,
            config=self.site.name,
            evidence=gathered,
            held=done.held,
            scenarios=[done],
            account=self._account.id,
            asked_for=self._asked_for(run),
        )

    def _asked_for(self, run: SiteRun) -> str:
        """Return what viewers asked for, and whether the CDN's cache may have hidden the outage."""
        key = self._examination.key
        if key == self.site.health_key:
            return f"/{key}, which is never cached"
        cached = sum(each.cached for each in run.viewers.values())
        return f"/{key}, of which {cached} answers came from CloudFront's cache and say nothing about the bucket"

    def _besides(self, conductor: Conductor[SiteRun], injected: Injected) -> Iterator[Held]:
        (run,) = conductor.runs
        yield Held(
            expectation="what was broken stays broken until the drill undoes it",
            held=injected.was_there,
            seen="undone by the drill" if injected.was_there else "undone by another user before",
        )
        if self.expected.dns_moves:
            yield from followed(run, conductor.outage, conductor.healing)
        yield from self.fault.judge(run, conductor.outage, conductor.healing)
        if injected.probe:
            yield from injected.probe.judge(conductor.healing)

    def _remember(self, conductor: Conductor[SiteRun], held: bool, by: str) -> None:
        times = (conductor.outage, conductor.end)
        begin, end = (journal.moment(datetime.fromtimestamp(at, UTC)) for at in times)
        try:
            history.write(self.site, self._account, LastDrill(self.fault.name, begin, end, held, by))
        except UserError as error:
            quietly(self._say, f"the drill is not noted as the last one: {error}")


class Injected:
    """A fault in an account, whose undo is written down before it begins.

    The probe is the object whose way to the replicas is put to the test, or None; `was_there` is whether the fault was
    there until it was undone.
    """

    def __init__(self, drill: Drill, written: Journal, *, probe: DrillProbe | None, by: str, say: Say) -> None:
        self.name = drill.fault.name
        self.plan = FaultPlan({}, (), ())
        self.probe = probe
        self.was_there = False
        self._drill = drill
        self._mute = drill.mute
        self._account = written.account
        self._journal = written
        self._by = by
        self._say = say

    @property
    def delay(self) -> float:
        """Seconds that what it delays may take afterwards."""
        return self._drill.site.alarms.replication_latency_seconds if self.probe else 0

    def prepare(self) -> None:
        """Write the undo down; raise UserError if another drill is written down, or it cannot be."""
        self.plan = self._drill.plan()
        self._entry = self._drill.entry(self.plan, self._by)
        self._journal.write(self._entry)

    def begin(self) -> None:
        """Put the fault into effect; raise UserError if AWS refuses, or another user has ended the drill."""
        fault = self._drill.fault
        where = f"{self._journal.name} ({self._journal.region}) and {self._journal.file}"
        quietly(self._say, f"the undo is written down in {where}")
        self._mute_alarms()
        with explained(f"begin {fault.name}", service=fault.service):
            fault.begin(self._account, self.plan.undo)
        # Who finished it before it began has undone nothing.
        self._journal.require(self._entry)
        if self.probe:
            self.probe.publish()
        quietly(self._say, f"{fault.name}: {fault.title}")

    def last(self, conductor: Conductor[SiteRun]) -> None:
        """Wait until everything has happened that must, or its time is up."""
        conductor.last(self._drill.seconds)
        self.arrived()

    def undo(self) -> None:
        """Undo it and forget it; raise UserError if it could not be undone, with the command that does it later."""
        patience = self._drill.undo_patience
        self.was_there = finish(self._account, self._journal, self._entry, say=self._say, patience=patience)
        quietly(self._say, "undone")

    def arrived(self) -> bool:
        """Return whether the probe is in every replica."""
        return self.probe is None or self.probe.look()

    def _mute_alarms(self) -> None:
        names = [name for each in self._mute.alarms.values() for name in each]
        if not names:
            return
        try:
            until = self._mute.begin(self._drill.muted_seconds)
            told = f"muted until {journal.moment(until)} at the latest: {', '.join(names)}"
        except UserError as error:
            told = f"not muted, {', '.join(names)} will notify: {error}"
        quietly(self._say, told)

    def _unmute_alarms(self) -> None:
        try:
            self._mute.end()
        except UserError as error:
            quietly(self._say, f"the alarms may be muted until the mute rule {self._mute.name} ends by itself: {error}")

    def tidy(self) -> None:
        """Let alarms notify again, and remove the probe."""
        self._unmute_alarms()
        try:
            if self.probe:
                self.probe.remove()
        except UserError as error:
            key = self.probe.key if self.probe else ""
            quietly(self._say, f"{key} is left in the primary bucket: {error}")


def followed(run: SiteRun, outage: float, healing: float) -> Iterator[Held]:
    """Return whether each public resolver that answers at all has followed in time."""
    limit = run.drilled.failover
    for lane in run.watch.public:
        if lane.state == UNKNOWN:
            continue
        at = lane.first(SECONDARY, outage, healing)
        yield Held.within(f"{lane.name} follows within {limit:.0f} s", limit, at, outage)
