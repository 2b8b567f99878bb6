"""Conducts a drill of sites: calm, outage, healing and return, whatever is broken and wherever."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from s3_failover.drill import lanes, outcome
from s3_failover.drill.expected import Expected
from s3_failover.drill.kinds import ViewerKind, kinds
from s3_failover.drill.report import Held, ScenarioOutcome, SiteOutcome
from s3_failover.drill.site import ALARM_PERIOD, DrilledSite
from s3_failover.drill.states import DISTRIBUTION, HEALTHY, SECONDARY, UNHEALTHY, UNKNOWN, Leg
from s3_failover.drill.timeline import Lane
from s3_failover.drill.verdict import Observed
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.clock import Clock
from s3_failover.operations.drill.connections import Ways, connections
from s3_failover.operations.drill.finish import quietly
from s3_failover.operations.drill.http2 import ALPN
from s3_failover.operations.drill.interrupts import Interrupts
from s3_failover.operations.drill.names import Servers, Targets, Viewpoint, resolvers_of
from s3_failover.operations.drill.viewers import Objects, Viewers
from s3_failover.operations.drill.watch import Watch

_TURN = 0.25
"""Seconds of the wall clock between two looks at what is waited for."""


_RESTLESS = ("ALARM", "INSUFFICIENT_DATA")
"""States of an alarm that tells of nothing new in a drill: it is on already, or its first data may set it off."""

_BAD = (UNHEALTHY, UNKNOWN, SECONDARY, Leg.ELSEWHERE, *_RESTLESS)
"""States in which no site should be before a drill."""


class Subject(Protocol):
    """What is drilled, and what is seen of it."""

    @property
    def calm(self) -> bool:
        """Whether everything is as it should be."""

    @property
    def unrest(self) -> str:
        """What is not as it should be, or not known to be."""

    @property
    def least(self) -> float:
        """Seconds that an outage lasts at least: what must not happen needs as much time as what must."""

    @property
    def patience(self) -> float:
        """Seconds until everything that must happen has happened, or is over again."""

    @property
    def rest(self) -> float:
        """Seconds that the last answer of the outage may live."""

    def settled(self, outage: float) -> bool:
        """Return whether everything that must happen in an outage since a time has happened."""

    def returned(self, healing: float) -> bool:
        """Return whether everything is as before an outage that ended at a time."""


S = TypeVar("S", bound=Subject)


class Outage(Protocol[S]):
    """What is broken in a drill."""

    @property
    def name(self) -> str:
        """What the command line calls it."""

    def prepare(self) -> None:
        """Do what must be done before anything breaks."""

    def begin(self) -> None:
        """Break it."""

    def last(self, conductor: Conductor[S]) -> None:
        """Wait for as long as it lasts."""

    def undo(self) -> None:
        """Undo it, also when it was half begun or never."""

    @property
    def delay(self) -> float:
        """Seconds that what it delays may take afterwards."""

    def arrived(self) -> bool:
        """Return whether what it delays has arrived."""


class SiteRun:
    """One site in a drill: its watch and its viewers.

    `servers` are asked where DNS leads. `delivered` is whether an alarm counts when its message arrives; else it counts
    when CloudWatch says that it is on.
    """

    def __init__(
        self,
        drilled: DrilledSite,
        expected: Expected,
        account: Account,
        clock: Clock,
        *,
        where: Targets,
        servers: Servers,
        objects: Objects,
        delivered: bool,
    ) -> None:
        site = drilled.site
        self.drilled = drilled
        self.expected = expected
        self.watch = Watch(site, account, clock, where=where, servers=servers, delivered=delivered)
        viewpoint = Viewpoint(servers.first, site, account, where)

        def viewers(kind: ViewerKind) -> Viewers:
            tls = account.tls()
            tls.set_alpn_protocols(ALPN if kind.http2 else ALPN[-1:])
            ways = Ways(site, where, account, clock, tls, resolvers_of(kind, viewpoint, clock))
            return Viewers(site, kind, objects=objects, connections=connections(kind, ways), clock=clock)

        self.viewers: Mapping[str, Viewers] = {kind.name: viewers(kind) for kind in kinds(site)}
        self._delivered = delivered

    def start(self, stack: contextlib.ExitStack) -> None:
        """Begin to watch, until the stack is closed."""
        stack.callback(self.watch.stop)
        self.watch.start()

    def view(self, stack: contextlib.ExitStack) -> None:
        """Begin to view, until the stack is closed.

        The site must be calm: a resolver would keep for minutes that a name does not exist yet.
        """
        for viewers in self.viewers.values():
            stack.callback(viewers.stop)
            viewers.start()

    @property
    def calm(self) -> bool:
        """Whether everything is as it should be: checks healthy, DNS at the distribution, watched alarms off."""
        checks = all(check.lane.state == HEALTHY for check in self.watch.checks.values())
        alarms = all(lane.state not in _RESTLESS for lane in self._watched)
        return checks and alarms and self.watch.answer.state == DISTRIBUTION

    @property
    def unrest(self) -> str:
        """What is not as it should be, or not known to be."""
        lanes = [self.watch.answer, *(check.lane for check in self.watch.checks.values()), *self._watched]
        bad = (lane for lane in lanes if lane.state in _BAD)
        return next((f"sites.{self.drilled.name}: {lane.name} is {lane.state}" for lane in bad), "")

    @property
    def least(self) -> float:
        """Seconds that an outage lasts at least."""
        return self.drilled.failover + ALARM_PERIOD

    @property
    def patience(self) -> float:
        """Seconds until everything that must happen has happened, or is over again."""
        return self.drilled.alarm + self.drilled.failover

    @property
    def rest(self) -> float:
        """Seconds for which resolvers keep the last answer of the outage: one time to live."""
        return self.drilled.site.record_ttl if self.expected.dns_moves else 0

    def settled(self, outage: float) -> bool:
        """Return whether everything that must happen in an outage has happened."""
        arrived = all(self.watch.arrived(name, "ALARM", outage) is not None for name in self.expected.alarms)
        return arrived and (not self.expected.dns_moves or self.watch.answer.state == SECONDARY)

    def returned(self, healing: float) -> bool:
        """Return whether everything is as before the outage, messages included."""
        return self.calm and all(self.watch.arrived(name, "OK", healing) is not None for name in self.expected.alarms)

    def outcome(self, conductor: Conductor[SiteRun], more: Iterable[Held] = ()) -> SiteOutcome:
        """Return what became of it; `more` are expectations of this kind of drill, besides those of all drills."""
        seen = Observed(
            drilled=self.drilled,
            expected=self.expected,
            watch=self.watch,
            visits={name: each.visits for name, each in self.viewers.items()},
            outage=conductor.outage,
            healing=conductor.healing,
            end=conductor.end,
            delivered=self._delivered,
        )
        return outcome.of_site(seen, more)

    @property
    def _watched(self) -> list[Lane]:
        """The alarms that something is expected of, by name; the others may be in any state."""
        return [self.watch.alarm(name) for name in sorted(self.expected.alarms | self.expected.quiet)]


class Conductor(Generic[S]):
    """Conducts one drill.

    `calm` is the seconds of ordinary traffic before anything is broken, and after everything is back. `look` is shown
    the drill while it waits, several times a second.

    `outage` is when the fault began, 0 before; `until` is when what it waits for is over at the latest.
    """

    def __init__(
        self,
        runs: Sequence[S],
        outage: Outage[S],
        clock: Clock,
        *,
        calm: float,
        look: Callable[[str, Conductor[S]], None] = lambda _phase, _conductor: None,
        interrupts: Interrupts | None = None,
    ) -> None:
        self.runs = runs
        self.clock = clock
        self.outage = self.healing = self.end = self.until = 0.0
        self._outage = outage
        self._calm = calm
        self._look = look
        self._interrupts = interrupts or Interrupts()

    def require_calm(self) -> None:
        """Wait until everything is as it should be; raise UserError if it does not become so."""
        self.wait("calm", self._patience, lambda: all(run.calm for run in self.runs))
        if not all(run.calm for run in self.runs):
            unrest = next((run.unrest for run in self.runs if run.unrest), "a site did not become healthy")
            raise UserError(
                f"{self._outage.name}: {unrest}, expected healthy sites before a drill: heal it or deploy again"
            )

    def run(self) -> None:
        """Drill; what was broken is undone however this ends; raise UserError if it was interrupted, or failed."""
        self.wait("calm", self._calm)
        self._require_going()
        self._outage.prepare()
        # From here to the end of the undo, nothing leaves this method early.
        try:
            self.outage = self.clock.now()
            self._outage.begin()
            self._outage.last(self)
        finally:
            self.healing = self.clock.now()
            self._outage.undo()
        self._require_going()
        patience = max(self._patience, self._outage.delay)
        self.wait("healing", patience, self._returned)
        self.wait("after", max((run.rest for run in self.runs), default=0) + self._calm)
        self._outage.arrived()
        self.end = self.clock.now()

    def outcome(self, title: str, faults: Sequence[str], sites: Sequence[SiteOutcome]) -> ScenarioOutcome:
        """Return what became of the drill, as a part of its report."""
        seen = ScenarioOutcome(
            scenario=self._outage.name,
            title=title,
            faults=list(faults),
            healed_after=round(self.healing - self.outage, 1),
            ended_after=round(self.end - self.outage, 1),
            sites=list(sites),
        )
        return lanes.told(seen)

    def last(self, seconds: float | None = None) -> None:
        """Wait until everything has happened that must, for so many seconds at most; by default as long as it takes."""
        seconds = self._patience if seconds is None else seconds
        least = min(seconds, max((run.least for run in self.runs), default=0))
        self.wait("outage", least)
        self.wait("outage", seconds - least, lambda: all(run.settled(self.outage) for run in self.runs))

    def wait(self, phase: str, longest: float, until: Callable[[], bool] = lambda: False) -> None:
        """Wait until something is so, for so many seconds at most, or until there is an interruption."""
        self.until = self.clock.now() + longest
        asked: threading.Event = self._interrupts.asked
        while (left := self.until - self.clock.now()) > 0 and not until() and not asked.is_set():
            quietly(lambda phase: self._look(phase, self), phase)
            asked.wait(min(self.clock.real(left), _TURN))

    @property
    def _patience(self) -> float:
        return max((run.patience for run in self.runs), default=0)

    def _returned(self) -> bool:
        return all(run.returned(self.healing) for run in self.runs) and self._outage.arrived()

    def _require_going(self) -> None:
        if self._interrupts.asked.is_set():
            broken = "what was broken is undone" if self.outage else "nothing was broken"
            raise UserError(f"interrupted: {broken}", exit_code=128 + self._interrupts.number)
