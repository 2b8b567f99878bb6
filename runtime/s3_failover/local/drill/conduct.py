"""Runs a scenario: calm, outage, wait, healing, return; whatever happens, the faults are healed at the end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from s3_failover.config import Site
from s3_failover.drill import outcome
from s3_failover.drill.outcome import CALM
from s3_failover.drill.report import ScenarioOutcome
from s3_failover.drill.site import ALARM_PERIOD, DrilledSite
from s3_failover.drill.states import DISTRIBUTION, HEALTHY
from s3_failover.drill.timeline import Lane
from s3_failover.drill.verdict import Observed
from s3_failover.errors import UserError
from s3_failover.local import faults
from s3_failover.local.account import account_of, resolver_of
from s3_failover.local.clock import Clock
from s3_failover.local.drill import objects
from s3_failover.local.drill.objects import Catalogue
from s3_failover.local.drill.scenarios import Fault, Scenario
from s3_failover.local.handle import Emulator
from s3_failover.local.state import Say, quiet
from s3_failover.operations.account import Account
from s3_failover.operations.drill import names
from s3_failover.operations.drill.names import Cache, Servers, Viewpoint
from s3_failover.operations.drill.viewers import Viewers
from s3_failover.operations.drill.watch import Watch

FLAPS = 4
"""How often a flapping fault comes and goes."""

Look = Callable[[str, Sequence["Run"]], None]
"""Is told the phase and the sites while a drill waits, several times a second."""


class Run:
    """One site in one scenario: its watch and its viewers."""

    def __init__(
        self, drilled: DrilledSite, scenario: Scenario, account: Account, servers: Servers, clock: Clock
    ) -> None:
        self.drilled = drilled
        self.expected = scenario.expectation(drilled.site)
        self.catalogue = Catalogue()
        site = drilled.site
        where = names.targets(site, account)
        self.watch = Watch(site, account, clock, where=where, servers=servers, delivered=True)
        cache = Cache(Viewpoint(servers.first, site, account, where), clock)
        self.viewers = {
            scheme: Viewers(
                site,
                scheme,
                objects=self.catalogue,
                where=where,
                cache=cache,
                account=account,
                clock=clock,
            )
            for scheme in ("http", "https")
        }

    @property
    def calm(self) -> bool:
        """Whether everything is as it should be: checks healthy, DNS at the distribution, no watched alarm on."""
        checks = all(check.lane.state == HEALTHY for check in self.watch.checks.values())
        alarms = all(lane.state != "ALARM" for lane in self.watched)
        return checks and alarms and self.watch.answer.state == DISTRIBUTION

    @property
    def watched(self) -> list[Lane]:
        """The alarms that the scenario says something about, by name; the others may be in any state."""
        return [self.watch.alarm(name) for name in sorted(self.expected.alarms | self.expected.quiet)]

    def settled(self, outage: float) -> bool:
        """Whether everything that must happen in the outage has happened."""
        arrived = all(self.watch.arrived(name, "ALARM", outage) is not None for name in self.expected.alarms)
        moved = not self.expected.dns_moves or self.watch.answer.state != DISTRIBUTION
        return arrived and moved

    def returned(self, healing: float) -> bool:
        """Whether everything is as before the outage, messages included."""
        over = all(self.watch.arrived(name, "OK", healing) is not None for name in self.expected.alarms)
        return over and self.calm


class Conductor:
    """Runs scenarios on the sites of one running, deployed embedded AWS.

    Args:
        sites: the sites.
        emulator: where they are deployed.
        clock: embedded time.
        look: is shown the sites while the drill waits.
        say: gets a line for each phase.
    """

    def __init__(
        self,
        sites: Sequence[DrilledSite],
        emulator: Emulator,
        clock: Clock,
        *,
        look: Look | None = None,
        say: Say = quiet,
    ) -> None:
        self._sites = sites
        self._emulator = emulator
        self._account = account_of(emulator)
        self._clock = clock
        self._look = look or (lambda _phase, _runs: None)
        self._say = say

    def run(self, scenario: Scenario) -> ScenarioOutcome:
        """Run one scenario and return what became of it.

        Raises:
            UserError: nothing is deployed, or the sites were not healthy to begin with.
        """
        runs = [Run(site, scenario, self._account, self._servers(site.site), self._clock) for site in self._sites]
        with contextlib.ExitStack() as stack:
            stack.callback(faults.heal, self._emulator)
            for run in runs:
                self._begin(run, stack)
            return self._outcome(scenario, runs, *self._phases(scenario, runs))

    def _servers(self, site: Site) -> Servers:
        return names.servers(site, resolver_of(self._emulator))

    def _begin(self, run: Run, stack: contextlib.ExitStack) -> None:
        stack.callback(run.watch.stop)
        run.watch.start()
        _require_deployed(run)
        objects.publish_settled(run.drilled.site, self._account, run.catalogue)
        for viewers in run.viewers.values():
            viewers.start()
            stack.callback(viewers.stop)

    def _phases(self, scenario: Scenario, runs: Sequence[Run]) -> tuple[float, float, float]:
        patience = max(run.drilled.alarm for run in runs) + max(run.drilled.failover for run in runs)
        self._wait("calm", runs, lambda: all(run.calm for run in runs), patience)
        if not all(run.calm for run in runs):
            raise UserError(
                f"{scenario.name}: {_unrest(runs)}, expected healthy sites before a drill: heal it or deploy again"
            )
        self._wait("calm", runs, lambda: False, CALM)
        self._break(scenario.before)
        for run in runs:
            # Every engine copies after the write: the outage is to find what a calm site holds.
            objects.publish_last(run.drilled.site, self._account, run.catalogue, copied=not scenario.before)
        outage = self._clock.now()
        self._say(f"{scenario.name}: {scenario.title}")
        self._outage(scenario, runs, outage, patience)
        healing = self._clock.now()
        faults.heal(self._emulator)
        self._wait("healing", runs, lambda: all(run.returned(healing) for run in runs), patience)
        # Resolvers keep the last answer of the outage for one time to live.
        rest = max(run.drilled.site.record_ttl for run in runs) if any(run.expected.dns_moves for run in runs) else 0
        self._wait("after", runs, lambda: False, rest + CALM)
        return outage, healing, self._clock.now()

    def _outage(self, scenario: Scenario, runs: Sequence[Run], outage: float, patience: float) -> None:
        if scenario.flaps:
            self._flap(scenario, runs)
            return
        self._break(scenario.faults)
        # What must not happen needs as much time as what must.
        least = max(run.drilled.failover for run in runs) + ALARM_PERIOD
        self._wait("outage", runs, lambda: False, least)
        self._wait("outage", runs, lambda: all(run.settled(outage) for run in runs), patience - least)

    def _flap(self, scenario: Scenario, runs: Sequence[Run]) -> None:
        pause = min(run.drilled.flap for run in runs)
        for _ in range(FLAPS):
            self._break(scenario.faults)
            self._wait("outage", runs, lambda: False, pause)
            faults.heal(self._emulator)
            self._wait("pause", runs, lambda: False, pause)

    def _break(self, broken: Sequence[Fault]) -> None:
        for fault in broken:
            for region in sorted({fault.region(site.site) or "" for site in self._sites}):
                faults.break_(self._emulator, fault.name, region=region or None, lag=fault.lag)

    def _wait(self, phase: str, runs: Sequence[Run], done: Callable[[], bool], longest: float) -> None:
        wait(self._emulator, self._clock, longest, until=done, meanwhile=lambda: self._look(phase, runs))

    def _outcome(
        self, scenario: Scenario, runs: Sequence[Run], outage: float, healing: float, end: float
    ) -> ScenarioOutcome:
        return ScenarioOutcome(
            scenario=scenario.name,
            title=scenario.title,
            faults=[_describe(fault) for fault in (*scenario.before, *scenario.faults)],
            healed_after=round(healing - outage, 1),
            ended_after=round(end - outage, 1),
            sites=[outcome.of_site(_observed(run, outage, healing, end)) for run in runs],
        )


def wait(
    emulator: Emulator,
    clock: Clock,
    longest: float,
    *,
    until: Callable[[], bool],
    meanwhile: Callable[[], None],
) -> None:
    """Wait until something is so, for so many embedded seconds at most, and do something several times a second.

    Raises:
        UserError: the embedded AWS ended.
    """
    end = clock.now() + longest
    while clock.now() < end and not until():
        if not emulator.alive:
            raise UserError("the embedded AWS ended during the drill: see .s3-failover/emulator.log")
        meanwhile()
        time.sleep(min(0.2, max(clock.real(end - clock.now()), 0)))


def _observed(run: Run, outage: float, healing: float, end: float) -> Observed:
    visits = {scheme: viewers.visits for scheme, viewers in run.viewers.items()}
    return Observed(run.drilled, run.expected, run.watch, visits, outage, healing, end)


def _require_deployed(run: Run) -> None:
    if not run.watch.checks or not run.watch.alarms:
        message = f"sites.{run.drilled.name} has no health checks or no alarms on the embedded AWS"
        raise UserError(f"{message}, expected a deployed site: run `s3-failover local deploy`")


def _unrest(runs: Sequence[Run]) -> str:
    for run in runs:
        lanes = [run.watch.answer, *(check.lane for check in run.watch.checks.values()), *run.watched]
        for lane in lanes:
            if lane.state in ("unhealthy", "unknown", "secondary", "ALARM"):
                return f"sites.{run.drilled.name}: {lane.name} is {lane.state}"
    return "a site did not become healthy"


def _describe(fault: Fault) -> str:
    where = f" in the {fault.target} region" if fault.target != "nowhere" else ""
    return f"{fault.name}{where}" + (f", {fault.lag:g} s" if fault.lag else "")
