"""What is broken for the fleets of all sites: a region for all hosts, or the ways of some; no host outlives a drill."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from breakable_aws import faults
from breakable_aws.clock import EmbeddedClock
from breakable_aws.handle import Emulator
from breakable_aws.state import Say, quiet
from s3_failover.config import Site
from s3_failover.drill.outcome import CALM
from s3_failover.drill.report import Band, ScenarioOutcome, SiteOutcome, Track
from s3_failover.drill.states import HEALTHY
from s3_failover.drill.timeline import Lane
from s3_failover.local.account import account_of, clock_of
from s3_failover.local.drill.fleet import deployed, gauges, verdict
from s3_failover.local.drill.fleet.hosts import BODY, KEY, Fleet, wait_until_read
from s3_failover.local.drill.fleet.promises import DrilledFleet
from s3_failover.local.drill.fleet.records import OK, HostRequest
from s3_failover.local.drill.fleet.relay import Relays
from s3_failover.local.drill.fleet.scenarios import ExpectedFleet, FleetScenario, Harm, require
from s3_failover.local.drill.fleet.verdict import ObservedFleet
from s3_failover.local.drill.outage import require_alive
from s3_failover.operations.account import Account
from s3_failover.operations.drill.conduct import Conductor
from s3_failover.operations.drill.watch import AlarmWatch
from s3_failover.operations.publish import Publication, PublishOptions

_START = 60.0
"""Real seconds that all hosts together may take to start."""

FleetLook = Callable[[str, Conductor["FleetRun"]], None]
"""Is shown the phase and the drill while a drill waits, several times a second."""


class FleetRun:
    """One site's fleet in one scenario."""

    rest = 0.0

    def __init__(self, drilled: DrilledFleet, expected: ExpectedFleet, watch: AlarmWatch, fleet: Fleet) -> None:
        self.drilled = drilled
        self.expected = expected
        self.watch = watch
        self.fleet = fleet
        self.killed: float | None = None

    @property
    def calm(self) -> bool:
        """Whether every host reads from every region, and no alarm on clients is on."""
        return self.fleet.read and all(lane.state == "OK" for lane in self.watch.lanes)

    @property
    def unrest(self) -> str:
        """What is not as it should be, or not known to be."""
        lanes = [*self.watch.lanes, *(host.lane for host in self.fleet.hosts.values())]
        bad = (lane for lane in lanes if lane.state not in ("OK", HEALTHY))
        name = f"sites.{self.drilled.name}"
        return next((f"{name}: {lane.name} is {lane.state}" for lane in bad), f"{name}: a host did not read")

    @property
    def least(self) -> float:
        """Seconds that an outage lasts at least."""
        return self.drilled.arrival(self.drilled.warning(self.drilled.regions[0]).name)

    @property
    def patience(self) -> float:
        """Seconds until every alarm is off again; the one on silence is on before the first host reports."""
        return max(self.drilled.over(name) for name in self.drilled.alarms)

    def settled(self, outage: float) -> bool:
        """Return whether every alarm that must go off has arrived."""
        return all(self.watch.arrived(name, "ALARM", outage) is not None for name in self.expected.alarms)

    def returned(self, healing: float) -> bool:
        """Return whether all is calm, and a message has said of every alarm that it is over."""
        return self.calm and self.over(healing if self.killed is None else self.killed)

    def over(self, since: float) -> bool:
        """Return whether a message has said of every one of these alarms that it is over."""
        return all(self.watch.arrived(name, "OK", since) is not None for name in self.expected.alarms)


class FleetOutage:
    """A scenario of fleets on an embedded AWS."""

    delay = 0.0

    def __init__(self, scenario: FleetScenario, runs: Sequence[FleetRun], emulator: Emulator, say: Say) -> None:
        self.name = scenario.name
        self._scenario = scenario
        self._runs = runs
        self._emulator = emulator
        self._say = say

    def prepare(self) -> None:
        """Say what is about to be broken."""
        self._say(f"{self.name}: {self._scenario.title}")

    def begin(self) -> None:
        """Break it."""
        for fault in self._scenario.faults:
            for region in sorted({run.drilled.site.primary_region for run in self._runs}):
                faults.break_(self._emulator, fault.name, region=region)
        for run in self._runs:
            hosts, regions = run.expected.hosts, run.drilled.regions
            if self._scenario.harm is Harm.STOPPED:
                run.fleet.stop(hosts)
            elif self._scenario.harm is not Harm.REGION:
                run.fleet.cut(hosts, regions if self._scenario.harm is Harm.ISOLATED else regions[:1])

    def last(self, conductor: Conductor[FleetRun]) -> None:
        """Wait until every alarm that must go off has arrived; then kill the hosts that must vanish, if any must."""
        if not any(run.expected.killed for run in self._runs):
            conductor.wait("outage", max(run.least for run in self._runs))
        expected = [run.drilled.arrival(name) for run in self._runs for name in run.expected.alarms]
        rest = max(expected, default=0) - (conductor.clock.now() - conductor.outage)
        conductor.wait("outage", rest, lambda: all(run.settled(conductor.outage) for run in self._runs))
        self._kill(conductor)

    def _kill(self, conductor: Conductor[FleetRun]) -> None:
        """Kill the hosts that must vanish, and wait until a message has said that their alarms are over."""
        for run in self._runs:
            if run.expected.killed:
                run.killed = conductor.clock.now()
                run.fleet.kill(run.expected.killed)
        killed = [run for run in self._runs if run.killed is not None]
        if killed:
            longest = max(run.drilled.aged_out(name) for run in killed for name in run.expected.alarms)
            conductor.wait("vanished", longest, lambda: all(run.over(run.killed or 0) for run in killed))
            conductor.wait("vanished", CALM)

    def undo(self) -> None:
        """Heal everything, and give every host its ways back."""
        faults.heal(self._emulator)
        for run in self._runs:
            run.fleet.restore()
            if run.expected.stopped:
                run.fleet.start()

    def arrived(self) -> bool:
        """Return that nothing is delayed beyond the outage."""
        return True


def drill(
    scenario: FleetScenario, sites: Sequence[Site], emulator: Emulator, *, slack: float, look: FleetLook, say: Say
) -> ScenarioOutcome:
    """Run one scenario on the fleets that can be drilled and return what became of it.

    `slack` is the embedded seconds to allow for the machine; sites without a fleet that can be drilled take no part.

    Raises:
        UserError: no site has a fleet to drill, nothing is deployed, an alarm on clients was on to begin with, or a
            host ended by itself.
    """
    account, clock = account_of(emulator), clock_of(emulator)

    def alive(phase: str, conductor: Conductor[FleetRun]) -> None:
        require_alive(emulator)
        for run in conductor.runs:
            run.fleet.require_alive()
        look(phase, conductor)

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3-failover-fleet-")))
        relays = stack.enter_context(Relays())
        stack.callback(faults.heal, emulator)
        runs = []
        for site in require(scenario, sites):
            drilled = DrilledFleet(site, deployed.find(site, emulator), slack, clock.speed)
            publish(site, account, folder / "content")
            watch = _watch(site, account, clock)
            stack.callback(watch.stop)
            watch.start()
            fleet = Fleet(drilled, emulator, clock, relays, folder)
            stack.callback(fleet.stop)
            fleet.start()
            runs.append(FleetRun(drilled, scenario.expected(drilled), watch, fleet))
        for run in runs:
            wait_until_read(run.fleet, patience=_START)
        conductor = Conductor(runs, FleetOutage(scenario, runs, emulator, say), clock, calm=CALM, look=alive)
        conductor.require_calm()
        conductor.run()
        broken = [_describe(scenario, run) for run in runs]
        return conductor.outcome(scenario.title, broken, [_site_outcome(run, conductor, emulator) for run in runs])


def _watch(site: Site, account: Account, clock: EmbeddedClock) -> AlarmWatch:
    regions = [site.client_alarm_region]
    return AlarmWatch(site, account, clock, regions=regions, group=deployed.GROUP, delivered=True)


def _site_outcome(run: FleetRun, conductor: Conductor[FleetRun], emulator: Emulator) -> SiteOutcome:
    outage, healing, end = conductor.outage, conductor.healing, conductor.end
    counted = gauges.read(run.drilled, emulator, outage - CALM, end)
    seen = ObservedFleet(
        run.drilled, run.expected, run.watch, run.fleet.requests, counted, outage, healing, end, run.killed
    )
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
    """Publish what the hosts read, and wait until every region has it; raise UserError if one does not get it."""
    path = folder / site.name / KEY
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    options = PublishOptions(replica_seconds=60, invalidation_seconds=0, compare=False)
    publication = Publication(site, account, options)
    publication.run(publication.changes(folder / site.name), say=quiet)


def _tracks(seen: ObservedFleet, hosts: Sequence[Lane]) -> Iterator[Track]:
    begin = seen.outage - CALM
    told = sorted((r for requests in seen.requests.values() for r in requests), key=lambda request: request.began)
    bands = [Band.since(seen.outage, r.began, r.ended, _outcome(r)) for r in told if begin <= r.began < seen.end]
    yield Track(name="requests", kind="viewers", bands=bands)
    for region, counts in seen.counted.failing.items():
        bands = [Band.since(seen.outage, count.at, count.at + gauges.PERIOD, str(count.hosts)) for count in counts]
        yield Track(name=region, kind="failing", bands=bands)
    for lane in (*hosts, *seen.watch.lanes):
        bands = [Band.since(seen.outage, span.begin, span.end, span.state) for span in lane.spans(begin, seen.end)]
        yield Track(name=lane.name, kind=lane.kind, bands=bands)


def _outcome(request: HostRequest) -> str:
    return "rerouted" if request.rerouted else "ok" if request.result == OK else "failed"


def _describe(scenario: FleetScenario, run: FleetRun) -> str:
    hosts = f"{len(run.expected.hosts)} of {len(run.drilled.hosts)} hosts of {run.drilled.name}"
    killed = f", {run.expected.killed} killed later" if run.expected.killed else ""
    return f"{hosts}: {scenario.harm.value}{killed}"
