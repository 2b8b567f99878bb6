"""The outages of a fleet, and what must happen in each: derived from how many hosts the deployed alarms need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.local.drill.fleet.deployed import DeployedAlarm
from s3_failover.local.drill.fleet.promises import SPARE, DrilledFleet
from s3_failover.local.drill.scenarios import ScenarioFault, ScenarioTarget

MOST_HOSTS = 12
"""Hosts of one site that a drill starts at most: each is a process of its own."""


class Harm(StrEnum):
    """What happens to hosts."""

    REGION = "S3 of the primary region refuses connections, for every client"
    CUT = "cut off from the primary region"
    ISOLATED = "cut off from every region"
    STOPPED = "stopped"


class Who(StrEnum):
    """Which hosts are affected."""

    ONE = "one"
    FEW = "one fewer than a warning needs"
    ENOUGH = "as many as a warning needs"
    ALL = "all"

    def hosts(self, drilled: DrilledFleet) -> tuple[str, ...]:
        """Return the names of the hosts."""
        many = {Who.ONE: 1, Who.FEW: drilled.threshold - 1, Who.ENOUGH: drilled.threshold}
        return drilled.hosts[: many.get(self, len(drilled.hosts))]


@dataclass(frozen=True)
class FleetScenario:
    """One drill of a fleet.

    `who` are the hosts that are harmed; `kills` is whether one of them is killed once the alarm has arrived.
    """

    name: str
    title: str
    harm: Harm
    who: Who
    kills: bool = False

    @property
    def faults(self) -> tuple[ScenarioFault, ...]:
        """The faults that every client meets."""
        return (ScenarioFault("s3-refuse", ScenarioTarget.PRIMARY),) if self.harm is Harm.REGION else ()

    def expected(self, drilled: DrilledFleet) -> ExpectedFleet:
        """Return what must happen to a fleet."""
        hosts = self.who.hosts(drilled)
        cut = {Harm.REGION: drilled.regions[:1], Harm.CUT: drilled.regions[:1], Harm.ISOLATED: drilled.regions}
        failing = {region: len(hosts) if region in cut.get(self.harm, ()) else 0 for region in drilled.regions}
        alarms = {alarm.name for alarm in drilled.alarms.values() if self._sets_off(alarm, failing)}
        return ExpectedFleet(
            hosts=hosts,
            failing=failing,
            alarms=frozenset(alarms),
            raises=self.harm is Harm.ISOLATED,
            stopped=self.harm is Harm.STOPPED,
            killed=hosts[-1] if self.kills else None,
        )

    def _sets_off(self, alarm: DeployedAlarm, failing: Mapping[str, int]) -> bool:
        if alarm.on_silence:
            return self.harm is Harm.STOPPED
        if alarm.metric == "RegionFailing":
            return failing[alarm.region or ""] >= alarm.threshold
        return alarm.is_critical and self.harm is Harm.ISOLATED


@dataclass(frozen=True)
class ExpectedFleet:
    """What must happen to one fleet."""

    hosts: tuple[str, ...]
    failing: Mapping[str, int]
    """How many hosts must fail for each region."""
    alarms: frozenset[str]
    """The clients' alarms that must go off and arrive; all others must not."""
    raises: bool = False
    """Whether the requests of these hosts raise AllRegionsFailed."""
    stopped: bool = False
    """Whether these hosts do not run."""
    killed: str | None = None


SCENARIOS: tuple[FleetScenario, ...] = (
    FleetScenario(
        "fleet-two-hosts-fail", "one host fewer than a warning needs cannot reach the primary region", Harm.CUT, Who.FEW
    ),
    FleetScenario(
        "fleet-region-down", "S3 in the primary region refuses the connections of every host", Harm.REGION, Who.ALL
    ),
    FleetScenario("fleet-one-host-cut-off", "one host cannot reach any region", Harm.ISOLATED, Who.ONE),
    FleetScenario(
        "fleet-host-vanishes",
        "as many hosts as a warning needs cannot reach the primary region, and one of them is killed",
        Harm.CUT,
        Who.ENOUGH,
        kills=True,
    ),
    FleetScenario("fleet-silent", "every host stops", Harm.STOPPED, Who.ALL),
)


def objection(scenario: FleetScenario, site: Site) -> str | None:
    """Return why a scenario cannot be drilled on a site, with what to do, or None when it can."""
    if site.clients is None:
        return (
            f"sites.{site.name}.clients is missing, expected a fleet: add `clients = {{}}` to the site and deploy it "
            "again"
        )
    threshold = site.clients.warning_threshold
    if threshold + SPARE > MOST_HOSTS:
        return (
            f"sites.{site.name}.clients needs {threshold} failing hosts for a warning, expected at most "
            f"{MOST_HOSTS - SPARE} for a drill on one machine: drill a copy of the file with fewer failing_hosts"
        )
    if scenario.who is Who.FEW and threshold == 1:
        return f"sites.{site.name}.clients warns when one host fails, expected at least 2: fewer is none"
    return None


def drillable(scenario: FleetScenario, sites: Sequence[Site]) -> list[Site]:
    """Return the sites that a scenario can be drilled on."""
    return [site for site in sites if objection(scenario, site) is None]


def require(scenario: FleetScenario, sites: Sequence[Site]) -> list[Site]:
    """Return the sites that a scenario can be drilled on, at least one.

    Raises:
        UserError: there is none; with the reason for each.
    """
    found = drillable(scenario, sites)
    if not found:
        reasons = "; ".join(filter(None, (objection(scenario, site) for site in sites)))
        raise UserError(f"{scenario.name}: {reasons}")
    return found
