"""What is broken on an embedded AWS: faults that hit everything alike, in the regions of the sites that are drilled."""

import contextlib
import itertools
from collections.abc import Callable, Sequence

from breakable_aws import faults
from breakable_aws.handle import Emulator
from breakable_aws.state import Say
from s3_failover.config import Site
from s3_failover.drill.outcome import CALM
from s3_failover.drill.report import Replay, ReplayedStep, ScenarioOutcome
from s3_failover.drill.site import DrilledSite
from s3_failover.errors import UserError
from s3_failover.local.account import account_of, clock_of, resolver_of
from s3_failover.local.drill import objects
from s3_failover.local.drill.meanwhile import Deploy, DeploymentMeanwhile
from s3_failover.local.drill.objects import Catalogue
from s3_failover.local.drill.scenarios import Incident, IncidentStep, Scenario, ScenarioFault
from s3_failover.operations.account import Account
from s3_failover.operations.drill import names
from s3_failover.operations.drill.conduct import Conductor, SiteRun
from s3_failover.operations.drill.names import Targets

FLAPS = 4
"""How often a flapping fault comes and goes."""

LONGEST_DEPLOYMENT = 600.0
"""Seconds of the clock on the wall that a deployment may take."""

SHORTENED = "what went on for longer than DNS, viewers and alarms need to react is cut to that time"
"""How a drill shortens an incident."""

Look = Callable[[str, Conductor[SiteRun]], None]
"""Is shown the phase and the sites while a drill waits, several times a second."""


class EmbeddedOutage:
    """A scenario on an embedded AWS."""

    delay = 0.0

    def __init__(
        self,
        scenario: Scenario,
        emulator: Emulator,
        account: Account,
        sites: Sequence[tuple[DrilledSite, Catalogue]],
        *,
        deployment: DeploymentMeanwhile | None = None,
        say: Say,
    ) -> None:
        self.name = scenario.name
        self._deployment = deployment
        self._scenario = scenario
        self._emulator = emulator
        self._account = account
        self._sites = sites
        self._say = say
        self._broken: dict[ScenarioFault, list[str]] = {}
        self.steps: list[ReplayedStep] = []

    def prepare(self) -> None:
        """Break what is broken before, and publish the last objects; raise UserError if a calm site gets none."""
        self._break(self._scenario.before)
        for drilled, catalogue in self._sites:
            # Every engine copies after the write: the outage is to find what a calm site holds.
            objects.publish_last(drilled.site, self._account, catalogue, copied=not self._scenario.before)
        self._say(f"{self.name}: {self._scenario.title}")

    def begin(self) -> None:
        """Break it, and begin to deploy where a deployment is part of it."""
        self._break(self._scenario.faults)
        if self._deployment is not None:
            self._deployment.begin()

    def last(self, conductor: Conductor[SiteRun]) -> None:
        """Wait until everything has happened that must, while it comes and goes, or while an incident goes on."""
        if self._scenario.incident is not None:
            self._replay(self._scenario.incident.steps, conductor)
            return
        if not self._scenario.flaps:
            conductor.last()
            return
        pause = min(drilled.flap for drilled, _ in self._sites)
        for number in range(FLAPS):
            if number:
                self.begin()
            conductor.wait("outage", pause)
            self.undo()
            conductor.wait("pause", pause)

    def undo(self) -> None:
        """Heal everything."""
        self._broken.clear()
        faults.heal(self._emulator)

    def arrived(self) -> bool:
        """Return that nothing is delayed beyond the outage."""
        return True

    def _replay(self, steps: Sequence[IncidentStep], conductor: Conductor[SiteRun]) -> None:
        """Go through the steps of an incident; a span that is longer than the sites need is cut to what they need."""
        least = max(run.least for run in conductor.runs)
        patience = max(run.patience for run in conductor.runs)
        for step, following in itertools.pairwise(steps):
            self._note(step, conductor)
            real = (following.minute - step.minute) * 60
            if step is steps[0]:
                conductor.last(min(real, patience))
            else:
                self._change(step.faults)
                conductor.wait("outage", min(real, least))
        if self._deployment is not None:
            self._say("  a deployment goes on")
            conductor.wait("outage", self._emulator.speed * LONGEST_DEPLOYMENT, lambda: self._deployment_is_over)
        self._note(steps[-1], conductor)

    @property
    def _deployment_is_over(self) -> bool:
        return self._deployment is None or self._deployment.over

    def _note(self, step: IncidentStep, conductor: Conductor[SiteRun]) -> None:
        after = round(conductor.clock.now() - conductor.outage, 1)
        broken = [str(fault) for fault in step.faults]
        self.steps.append(ReplayedStep(minute=step.minute, after=after, event=step.event, faults=broken))
        self._say(f"  {self.steps[-1].moment} of the incident: {step.event}")

    def _change(self, wanted: Sequence[ScenarioFault]) -> None:
        """Put exactly these faults into effect; what is new begins before what is over ends."""
        over = [fault for fault in self._broken if fault not in wanted]
        self._break([fault for fault in wanted if fault not in self._broken])
        for identifier in (each for fault in over for each in self._broken.pop(fault)):
            faults.heal(self._emulator, identifier)

    def _break(self, broken: Sequence[ScenarioFault]) -> None:
        for fault in broken:
            regions: list[str | None] = [*_regions([fault], [drilled for drilled, _ in self._sites])]
            self._broken[fault] = [self._put(fault, region) for region in regions or [None]]

    def _put(self, fault: ScenarioFault, region: str | None) -> str:
        put = faults.break_(self._emulator, fault.name, region=region, lag=fault.lag, percent=fault.percent)
        return put.id


def drill(
    scenario: Scenario, sites: Sequence[DrilledSite], emulator: Emulator, *, deploy: Deploy, look: Look, say: Say
) -> ScenarioOutcome:
    """Run one scenario and return what became of it; the faults are healed however it ends.

    `deploy` is called where deploying is part of it.

    Raises:
        UserError: nothing is deployed, the sites were not healthy to begin with, or the embedded AWS ended.
    """
    account, clock = account_of(emulator), clock_of(emulator)

    def alive(phase: str, conductor: Conductor[SiteRun]) -> None:
        require_alive(emulator)
        look(phase, conductor)

    with contextlib.ExitStack() as stack:
        stack.callback(faults.heal, emulator)
        catalogues = [(drilled, Catalogue()) for drilled in sites]
        runs = []
        for drilled, catalogue in catalogues:
            run = SiteRun(
                drilled,
                scenario.expectation(drilled.site),
                account,
                clock,
                where=_targets(drilled.site, account),
                servers=names.servers(drilled.site, resolver_of(emulator)),
                objects=catalogue,
                delivered=True,
            )
            objects.publish_settled(drilled.site, account, catalogue)
            run.start(stack)
            runs.append(run)
        deployment = DeploymentMeanwhile(deploy, _regions(scenario.faults, sites)) if scenario.deploys else None
        outage = EmbeddedOutage(scenario, emulator, account, catalogues, deployment=deployment, say=say)
        conductor = Conductor(runs, outage, clock, calm=CALM, look=alive)
        conductor.require_calm()
        for run in runs:
            run.view(stack)
        conductor.run()
        broken = [str(fault) for fault in scenario.every_fault]
        more = deployment.again() if deployment else []
        found = conductor.outcome(scenario.title, broken, [run.outcome(conductor, more) for run in runs])
        return found.model_copy(update={"incident": _replay(scenario.incident, outage.steps)})


def _regions(broken: Sequence[ScenarioFault], sites: Sequence[DrilledSite]) -> list[str]:
    found = {fault.region(drilled.site) for fault in broken for drilled in sites}
    return sorted(region for region in found if region)


def require_alive(emulator: Emulator) -> None:
    """Make sure that an embedded AWS runs; raise UserError if it has ended."""
    if not emulator.alive:
        raise UserError("the embedded AWS ended during the drill: see .s3-failover/emulator.log")


def _targets(site: Site, account: Account) -> Targets:
    try:
        return names.targets(site, account)
    except UserError as error:
        message = f"sites.{site.name} is not deployed on the embedded AWS ({error})"
        raise UserError(f"{message}, expected a deployed site: run `s3-failover local deploy`") from error


def _replay(incident: Incident | None, steps: list[ReplayedStep]) -> Replay | None:
    if incident is None:
        return None
    shortened = f"The drill was at its {steps[-1].moment} after {steps[-1].after:.0f} seconds: {SHORTENED}"
    return Replay(
        date=incident.date, sources=list(incident.sources), place=incident.place, shortened=shortened, steps=steps
    )
