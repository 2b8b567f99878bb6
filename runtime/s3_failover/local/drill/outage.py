"""What is broken on an embedded AWS: faults that hit everything alike, in the regions of the sites that are drilled."""

import contextlib
from collections.abc import Callable, Sequence

from breakable_aws import faults
from breakable_aws.handle import Emulator
from breakable_aws.state import Say
from s3_failover.config import Site
from s3_failover.drill.outcome import CALM
from s3_failover.drill.report import ScenarioOutcome
from s3_failover.drill.site import DrilledSite
from s3_failover.errors import UserError
from s3_failover.local.account import account_of, clock_of, resolver_of
from s3_failover.local.drill import objects
from s3_failover.local.drill.objects import Catalogue
from s3_failover.local.drill.scenarios import Scenario, ScenarioFault
from s3_failover.operations.account import Account
from s3_failover.operations.drill import names
from s3_failover.operations.drill.conduct import Conductor, SiteRun
from s3_failover.operations.drill.names import Targets

FLAPS = 4
"""How often a flapping fault comes and goes."""

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
        say: Say,
    ) -> None:
        self.name = scenario.name
        self._scenario = scenario
        self._emulator = emulator
        self._account = account
        self._sites = sites
        self._say = say

    def prepare(self) -> None:
        """Break what is broken before, and publish the last objects; raise UserError if a calm site gets none."""
        self._break(self._scenario.before)
        for drilled, catalogue in self._sites:
            # Every engine copies after the write: the outage is to find what a calm site holds.
            objects.publish_last(drilled.site, self._account, catalogue, copied=not self._scenario.before)
        self._say(f"{self.name}: {self._scenario.title}")

    def begin(self) -> None:
        """Break it."""
        self._break(self._scenario.faults)

    def last(self, conductor: Conductor[SiteRun]) -> None:
        """Wait until everything has happened that must, or while it comes and goes."""
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
        faults.heal(self._emulator)

    def arrived(self) -> bool:
        """Return that nothing is delayed beyond the outage."""
        return True

    def _break(self, broken: Sequence[ScenarioFault]) -> None:
        for fault in broken:
            for region in sorted({fault.region(drilled.site) or "" for drilled, _ in self._sites}):
                faults.break_(self._emulator, fault.name, region=region or None, lag=fault.lag)


def drill(
    scenario: Scenario, sites: Sequence[DrilledSite], emulator: Emulator, *, look: Look, say: Say
) -> ScenarioOutcome:
    """Run one scenario and return what became of it; the faults are healed however it ends.

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
        outage = EmbeddedOutage(scenario, emulator, account, catalogues, say)
        conductor = Conductor(runs, outage, clock, calm=CALM, look=alive)
        conductor.require_calm()
        for run in runs:
            run.view(stack)
        conductor.run()
        broken = [_describe(fault) for fault in (*scenario.before, *scenario.faults)]
        return conductor.outcome(scenario.title, broken, [run.outcome(conductor) for run in runs])


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


def _describe(fault: ScenarioFault) -> str:
    where = f" in the {fault.target} region" if fault.target != "nowhere" else ""
    return f"{fault.name}{where}" + (f", {fault.lag:g} s" if fault.lag else "")
