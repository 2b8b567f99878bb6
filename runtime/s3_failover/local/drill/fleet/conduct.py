"""Runs a scenario on the fleets of all sites: calm, outage, wait, healing, return; no host outlives it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from s3_failover.config import Site
from s3_failover.drill.outcome import CALM
from s3_failover.drill.report import Band, ScenarioOutcome, SiteOutcome, Track
from s3_failover.drill.timeline import Lane
from s3_failover.errors import UserError
from s3_failover.local import faults
from s3_failover.local.account import account_of
from s3_failover.local.clock import Clock
from s3_failover.local.drill.conduct import wait
from s3_failover.local.drill.fleet import deployed, gauges, verdict
from s3_failover.local.drill.fleet.hosts import BODY, KEY, Fleet, wait_until_read
from s3_failover.local.drill.fleet.promises import DrilledFleet
from s3_failover.local.drill.fleet.records import OK, HostRequest
from s3_failover.local.drill.fleet.relay import Relays
from s3_failover.local.drill.fleet.scenarios import Expected, FleetScenario, Harm, require
from s3_failover.local.drill.fleet.verdict import Observed
from s3_failover.local.handle import Emulator
from s3_failover.local.state import Say, quiet
from s3_failover.operations.account import Account
from s3_failover.operations.drill.watch import AlarmWatch
from s3_failover.operations.publish import Options, Publication

_START = 60.0
"""Real seconds that all hosts together may take to start."""

FleetLook = Callable[[str, Sequence["FleetRun"]], None]
"""Is told the phase and the fleets while a drill waits, several times a second."""


class FleetRun:
    """One site's fleet in one scenario."""

    def __init__(self, drilled: DrilledFleet, expected: Expected, watch: AlarmWatch, fleet: Fleet) -> None:
        self.drilled = drilled
        self.expected = expected
        self.watch = watch
        self.fleet = fleet
        self.killed: float | None = None

    @property
    def calm(self) -> bool:
        """Whether every host reads from every region, and no alarm on clients is on."""
        return self.fleet.read and all(lane.state == "OK" for lane in self.watch.lanes)

    def settled(self, outage: float) -> bool:
        """Whether every alarm that must go off has arrived."""
        return all(self.watch.arrived(name, "ALARM", outage) is not None for name in self.expected.alarms)

    def over(self, since: float) -> bool:
        """Whether a message has said of every one of these alarms that it is over."""
        return all(self.watch.arrived(name, "OK", since) is not None for name in self.expected.alarms)


class FleetConductor:
    """Runs fleet scenarios on one running, deployed embedded AWS.

    Args:
        sites: the sites; those with a fleet that can be drilled take part.
        emulator: where they are deployed.
        clock: embedded time.
        slack: embedded seconds to allow for the machine.
        look: is shown the fleets while the drill waits.
        say: gets a line for each scenario.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        emulator: Emulator,
        clock: Clock,
        *,
        slack: float,
        look: FleetLook | None = None,
        say: Say = quiet,
    ) -> None:
        self._sites = sites
        self._emulator = emulator
        self._clock = clock
        self._slack = slack
        self._look = look or (lambda _phase, _runs: None)
        self._say = say

    def run(self, scenario: FleetScenario) -> ScenarioOutcome:
        """Run one scenario and return what became of it.

        Raises:
            UserError: no site has a fleet to drill, nothing is deployed, an alarm on clients was on to begin with, or a
                host ended by itself.
        """
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3-failover-fleet-")))
            relays = stack.enter_context(Relays())
            stack.callback(faults.heal, self._emulator)
            runs = [self._begin(site, scenario, relays, folder, stack) for site in require(scenario, self._sites)]
            outage, healing, end = self._phases(scenario, runs)
            return ScenarioOutcome(
                scenario=scenario.name,
                title=scenario.title,
                faults=[_describe(scenario, run) for run in runs],
                healed_after=round(healing - outage, 1),
                ended_after=round(end - outage, 1),
                sites=[self._site_outcome(run, outage, healing, end) for run in runs],
            )

    def _begin(
        self, site: Site, scenario: FleetScenario, relays: Relays, folder: Path, stack: contextlib.ExitStack
    ) -> FleetRun:
        alarms = deployed.find(site, self._emulator)
        drilled = DrilledFleet(site, alarms, self._slack, self._clock.speed)
        account = account_of(self._emulator)
        publish(site, account, folder / "content")
        watch = AlarmWatch(
            site,
            account,
            self._clock,
            regions=[site.client_alarm_region],
            group=deployed.GROUP,
            delivered=True,
        )
        watch.start()
        stack.callback(watch.stop)
        fleet = Fleet(drilled, self._emulator, self._clock, relays, folder)
        stack.callback(fleet.stop)
        fleet.start()
        return FleetRun(drilled, scenario.expected(drilled), watch, fleet)

    def _phases(self, scenario: FleetScenario, runs: Sequence[FleetRun]) -> tuple[float, float, float]:
        for run in runs:
            wait_until_read(run.fleet, patience=_START)
        # The alarm on silence is on before the first host reports, and off once one has.
        patience = max(run.drilled.over(name) for run in runs for name in run.drilled.alarms)
        self._wait("calm", runs, lambda: all(run.calm for run in runs), patience)
        if not all(run.calm for run in runs):
            raise UserError(
                f"{scenario.name}: {_unrest(runs)}, expected quiet alarms and healthy hosts before a drill: heal what "
                "is broken, or deploy again"
            )
        self._wait("calm", runs, lambda: False, CALM)
        self._say(f"{scenario.name}: {scenario.title}")
        outage = self._clock.now()
        self._break(scenario, runs)
        self._outage(runs, outage)
        healing = self._clock.now()
        self._heal(runs)
        longest = max(run.drilled.over(name) for run in runs for name in run.drilled.alarms)
        since = min((run.killed for run in runs if run.killed is not None), default=healing)
        self._wait("healing", runs, lambda: all(run.calm and run.over(since) for run in runs), longest)
        self._wait("after", runs, lambda: False, CALM)
        return outage, healing, self._clock.now()

    def _break(self, scenario: FleetScenario, runs: Sequence[FleetRun]) -> None:
        for fault in scenario.faults:
            for region in sorted({run.drilled.site.primary_region for run in runs}):
                faults.break_(self._emulator, fault.name, region=region)
        for run in runs:
            hosts, regions = run.expected.hosts, run.drilled.regions
            if scenario.harm is Harm.STOPPED:
                run.fleet.stop(hosts)
            elif scenario.harm is not Harm.REGION:
                run.fleet.cut(hosts, regions if scenario.harm is Harm.ISOLATED else regions[:1])

    def _outage(self, runs: Sequence[FleetRun], outage: float) -> None:
        # What must not happen needs as much time as what must.
        least = max(run.drilled.arrival(run.drilled.warning(run.drilled.regions[0]).name) for run in runs)
        expected = [run.drilled.arrival(name) for run in runs for name in run.expected.alarms]
        if not any(run.expected.killed for run in runs):
            self._wait("outage", runs, lambda: False, least)
        rest = max(expected, default=0) - (self._clock.now() - outage)
        self._wait("outage", runs, lambda: all(run.settled(outage) for run in runs), rest)
        for run in runs:
            if run.expected.killed:
                run.killed = self._clock.now()
                run.fleet.kill(run.expected.killed)
        killed = [run for run in runs if run.killed is not None]
        if killed:
            longest = max(run.drilled.aged_out(name) for run in killed for name in run.expected.alarms)
            self._wait("vanished", runs, lambda: all(run.over(run.killed or 0) for run in killed), longest)
            self._wait("vanished", runs, lambda: False, CALM)

    def _heal(self, runs: Sequence[FleetRun]) -> None:
        faults.heal(self._emulator)
        for run in runs:
            run.fleet.restore()
            if run.expected.stopped:
                run.fleet.start()

    def _wait(self, phase: str, runs: Sequence[FleetRun], done: Callable[[], bool], longest: float) -> None:
        def meanwhile() -> None:
            for run in runs:
                run.fleet.require_alive()
            self._look(phase, runs)

        wait(self._emulator, self._clock, longest, until=done, meanwhile=meanwhile)

    def _site_outcome(self, run: FleetRun, outage: float, healing: float, end: float) -> SiteOutcome:
        counted = gauges.read(run.drilled, self._emulator, outage - CALM, end)
        requests = run.fleet.requests
        seen = Observed(run.drilled, run.expected, run.watch, requests, counted, outage, healing, end, run.killed)
        return SiteOutcome(
            site=run.drilled.name,
            hostname=run.drilled.site.hostname,
            mode=run.drilled.site.mode.value,
            expectations=verdict.judge(seen),
            stages=verdict.stages(seen),
            requests=[],
            hosts=verdict.requests(seen),
            warns_at=run.drilled.threshold,
            tracks=list(_tracks(seen, [host.lane for host in run.fleet.hosts.values()])),
        )


def publish(site: Site, account: Account, folder: Path) -> None:
    """Publish the object that the hosts read, and wait until every region has it.

    Raises:
        UserError: a region did not get it.
    """
    path = folder / site.name / KEY
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    options = Options(replica_seconds=60, invalidation_seconds=0, compare=False)
    publication = Publication(site, account, options)
    publication.run(publication.changes(folder / site.name), say=quiet)


def _tracks(seen: Observed, hosts: Sequence[Lane]) -> Iterator[Track]:
    begin = seen.outage - CALM
    told = sorted((r for requests in seen.requests.values() for r in requests), key=lambda request: request.began)
    bands = [_band(seen, r.began, r.ended, _outcome(r)) for r in told if begin <= r.began < seen.end]
    yield Track(name="requests", kind="viewers", bands=bands)
    for region, counts in seen.counted.failing.items():
        bands = [_band(seen, count.at, count.at + gauges.PERIOD, str(count.hosts)) for count in counts]
        yield Track(name=region, kind="failing", bands=bands)
    for lane in (*hosts, *seen.watch.lanes):
        bands = [_band(seen, span.begin, span.end, span.state) for span in lane.spans(begin, seen.end)]
        yield Track(name=lane.name, kind=lane.kind, bands=bands)


def _band(seen: Observed, begin: float, end: float, state: str) -> Band:
    return Band(begin=round(begin - seen.outage, 1), end=round(end - seen.outage, 1), state=state)


def _outcome(request: HostRequest) -> str:
    return "rerouted" if request.rerouted else "ok" if request.result == OK else "failed"


def _describe(scenario: FleetScenario, run: FleetRun) -> str:
    hosts = f"{len(run.expected.hosts)} of {len(run.drilled.hosts)} hosts of {run.drilled.name}"
    killed = f", {run.expected.killed} killed later" if run.expected.killed else ""
    return f"{hosts}: {scenario.harm.value}{killed}"


def _unrest(runs: Sequence[FleetRun]) -> str:
    for run in runs:
        lanes = [*run.watch.lanes, *(host.lane for host in run.fleet.hosts.values())]
        for lane in lanes:
            if lane.state not in ("OK", "healthy"):
                return f"sites.{run.drilled.name}: {lane.name} is {lane.state}"
    return "a host did not read"
