"""A drill from beginning to end: on the embedded AWS that runs, or on one of its own that is gone afterwards."""

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from breakable_aws import server
from breakable_aws.clock import SOCKETS
from breakable_aws.handle import Emulator
from breakable_aws.server import Server
from breakable_aws.state import Say, StateDirectory, quiet
from s3_failover.config import Config
from s3_failover.drill import evidence
from s3_failover.drill.report import DrillReport, ScenarioOutcome
from s3_failover.drill.site import DrilledSite
from s3_failover.errors import UserError
from s3_failover.local.deploy import deploy
from s3_failover.local.drill import outage
from s3_failover.local.drill import scenarios as of_sites
from s3_failover.local.drill.fleet import outage as fleet_outage
from s3_failover.local.drill.fleet import scenarios as of_fleets
from s3_failover.local.drill.fleet.outage import FleetLook
from s3_failover.local.drill.fleet.scenarios import FleetScenario
from s3_failover.local.drill.incidents import INCIDENTS
from s3_failover.local.drill.outage import Look
from s3_failover.local.drill.scenarios import Scenario

DEFAULT_SPEED = 10.0
"""How fast time runs by default on an embedded AWS of the drill's own."""

_SLOWEST = 2.0

SLACK = 2.0
"""Real seconds that limits allow for the machine, when time runs faster than the clock on the wall."""

Show = Callable[[], AbstractContextManager["Looks"]]
"""Opens a live view of a drill."""

GROUPS: Mapping[str, tuple[Scenario | FleetScenario, ...]] = {
    "all": (*of_sites.SCENARIOS, *of_fleets.SCENARIOS),
    "history": INCIDENTS,
}
"""Scenarios that are drilled together, by what the command line calls them; those of sites first."""

EVERY = tuple(scenario for group in GROUPS.values() for scenario in group)
"""Every scenario."""


@dataclass(frozen=True)
class Looks:
    """A live view: its parts for sites and for fleets."""

    sites: Look = lambda _phase, _conductor: None
    fleets: FleetLook = lambda _phase, _conductor: None


_UNSEEN = Looks()


def speed_here() -> float:
    """Return how fast time can run on this computer: `DEFAULT_SPEED`, and less where more waits than its cores do.

    Time that runs faster shortens the timeouts of health checkers: a computer that is too busy for it looks like an
    outage that the drill did not make.
    """
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(_SLOWEST, round(DEFAULT_SPEED / max(waiting, 1)))


def named(name: str) -> tuple[Scenario | FleetScenario, ...]:
    """Return the scenarios of a name, or of a group's; raise UserError if there is no such scenario."""
    found = GROUPS.get(name) or tuple(scenario for scenario in EVERY if scenario.name == name)
    if not found:
        known = ", ".join(scenario.name for scenario in EVERY)
        raise UserError(f"no scenario {name}, expected {', '.join(GROUPS)} or one of {known}", exit_code=2)
    return found


def drillable(scenarios: Sequence[Scenario | FleetScenario], config: Config) -> list[Scenario | FleetScenario]:
    """Return the scenarios that can be drilled on a configuration: of several, those of a fleet only if it has one.

    Raises:
        UserError: there is none; with what is missing.
    """
    if len(scenarios) == 1 and isinstance(scenarios[0], FleetScenario):
        of_fleets.require(scenarios[0], config.sites)
    return [
        scenario
        for scenario in scenarios
        if isinstance(scenario, Scenario) or of_fleets.drillable(scenario, config.sites)
    ]


def run(
    scenarios: Sequence[Scenario | FleetScenario],
    config: Config,
    path: Path,
    emulator: Emulator,
    *,
    show: Show | None = None,
    done: Callable[[ScenarioOutcome], None] = lambda _outcome: None,
    say: Say = quiet,
) -> DrillReport:
    """Run scenarios one after the other on a running embedded AWS with the sites deployed.

    `show` opens a live view; `done` gets the outcome of each scenario as soon as it is there.

    Raises:
        UserError: nothing is deployed, the sites were not healthy to begin with, or none has the fleet that is to be
            drilled.
    """
    begun, digest = datetime.now(UTC), evidence.digest(path)
    slack = SLACK * emulator.speed if emulator.speed > 1 else 0.0
    stretch = emulator.speed / min(emulator.speed, SOCKETS)
    sites = [DrilledSite(site, slack, stretch) for site in config.sites]
    outcomes = []
    with show() if show else contextlib.nullcontext(_UNSEEN) as looks:
        for scenario in drillable(scenarios, config):
            if isinstance(scenario, FleetScenario):
                look = looks.fleets
                outcomes.append(fleet_outage.drill(scenario, config.sites, emulator, slack=slack, look=look, say=say))
            else:
                again = functools.partial(_deploy, config, path, emulator)
                outcomes.append(outage.drill(scenario, sites, emulator, deploy=again, look=looks.sites, say=say))
            done(outcomes[-1])
    held = all(outcome.held for outcome in outcomes)
    return DrillReport(
        speed=emulator.speed,
        config=str(path),
        evidence=evidence.of(begun, digest, evidence.EMBEDDED),
        held=held,
        scenarios=outcomes,
    )


def _deploy(config: Config, path: Path, emulator: Emulator) -> None:
    with tempfile.TemporaryDirectory(prefix="s3-failover-drill-") as folder:
        deploy(config, path, emulator, StateDirectory(Path(folder)), bootstrapped=True)


@contextlib.contextmanager
def deployed(
    config: Config, path: Path, state: StateDirectory, python: Path, *, speed: float | None, say: Say = quiet
) -> Iterator[Emulator]:
    """Give an embedded AWS with the sites deployed: the one that runs, else one of its own for the length of a block.

    The speed is by default that of the running one, else `DEFAULT_SPEED`.

    Raises:
        UserError: the running one has another speed, or a step failed.
    """
    running = server.current(state)
    if running is not None:
        if speed not in (None, running.speed):
            message = f"the embedded AWS that runs has speed {running.speed:g}, not {speed:g}"
            raise UserError(f"{message}: leave out --speed, or stop it with `s3-failover local down`")
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="s3-failover-drill-") as folder:
        own = StateDirectory(Path(folder))
        say("start an embedded AWS")
        with server.running(Server(own, python, speed=speed or DEFAULT_SPEED)) as emulator:
            say("deploy every stack")
            deploy(config, path, emulator, own, say=lambda line: say(f"  {line}"))
            yield emulator
