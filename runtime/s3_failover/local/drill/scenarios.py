"""What is broken, and what must happen then: every scenario is a claim, and a drill fails when it does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from s3_failover.config import Mode, Site
from s3_failover.drill.expected import (
    BROWN_OUT,
    DISTRIBUTION_LOST,
    NAMES_LOST,
    PRIMARY_LOST,
    REPLICA_LOST,
    Expected,
    Fails,
    expected,
)
from s3_failover.names.alarms import DISTRIBUTION, FAILOVER, PRIMARY, SECONDARY, STRANDED


class ScenarioTarget(StrEnum):
    """Which of a site's regions a fault is in."""

    PRIMARY = "primary"
    REPLICA = "replica"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class ScenarioFault:
    """One fault: its name as in `s3-failover local break`, where it is, how far it makes replication lag, its share.

    `percent` is how many of a hundred requests it hits, None for all.
    """

    name: str
    target: ScenarioTarget = ScenarioTarget.NOWHERE
    lag: float | None = None
    percent: float | None = None

    def region(self, site: Site) -> str | None:
        """Return the region of a site that it is in."""
        regions = {ScenarioTarget.PRIMARY: site.primary_region, ScenarioTarget.REPLICA: site.replica_regions[0]}
        return regions.get(self.target)

    def __str__(self) -> str:
        """Return it in words, as in `s3-503 in the primary region, 80 % of requests`."""
        where = "" if self.target is ScenarioTarget.NOWHERE else f" in the {self.target} region"
        share = f", {self.percent:g} % of requests" if self.percent else ""
        return f"{self.name}{where}" + (f", {self.lag:g} s" if self.lag else "") + share


@dataclass(frozen=True)
class IncidentStep:
    """What changed at a minute of an incident: from then on these faults are in effect, and no others."""

    minute: float
    event: str
    faults: tuple[ScenarioFault, ...] = ()


@dataclass(frozen=True)
class Incident:
    """An outage that happened.

    `date` is when it began, ISO 8601; None for a kind of incident without a day of its own. `place` is which region it
    hit, and which one of a drilled site stands for it. The last step is its end.
    """

    date: str | None
    sources: tuple[str, ...]
    place: str
    steps: tuple[IncidentStep, ...]


@dataclass(frozen=True)
class Scenario:
    """One drill.

    The faults are broken at once, those of `before` when the last objects are not published yet; `flaps` is whether
    they come and go, each time for half as long as checks need to notice. Those of an `incident` are its first step's,
    and change as its steps do. `deploys` is whether the sites are deployed meanwhile, and again afterwards. What is
    expected is by the site's mode, with a website secondary.
    """

    name: str
    title: str
    faults: tuple[ScenarioFault, ...]
    expected: Mapping[Mode, Expected]
    before: tuple[ScenarioFault, ...] = ()
    flaps: bool = False
    incident: Incident | None = None
    deploys: bool = False

    @property
    def every_fault(self) -> tuple[ScenarioFault, ...]:
        """All faults that are in effect at some time."""
        later = (fault for step in (self.incident.steps if self.incident else ()) for fault in step.faults)
        return tuple(dict.fromkeys((*self.before, *self.faults, *later)))

    def expectation(self, site: Site) -> Expected:
        """Return what must happen to a site."""
        return self.expected[site.mode].with_secondary(site.secondary.kind)


_NEVER, _BRIEFLY, _THROUGHOUT = Fails.NEVER, Fails.BRIEFLY, Fails.THROUGHOUT

_KINDS = {
    "refuse": "refuses connections",
    "hang": "accepts connections and never answers",
    "reset": "resets connections",
    "503": "answers 503",
    "403": "denies everything",
    "slow": "answers three seconds late",
}

SCENARIOS: tuple[Scenario, ...] = (
    *(
        Scenario(
            f"primary-s3-{kind}",
            f"S3 in the primary region {what}",
            (ScenarioFault(f"s3-{kind}", ScenarioTarget.PRIMARY),),
            PRIMARY_LOST,
        )
        for kind, what in _KINDS.items()
    ),
    Scenario(
        "distribution-down",
        "the distribution refuses connections",
        (ScenarioFault("cdn-refuse"),),
        DISTRIBUTION_LOST,
    ),
    Scenario(
        "distribution-nxdomain",
        "DNS does not have the distribution's name",
        (ScenarioFault("cdn-nxdomain"),),
        NAMES_LOST,
    ),
    Scenario(
        "primary-region-down",
        "every API of the primary region takes no connections",
        (ScenarioFault("region-down", ScenarioTarget.PRIMARY),),
        PRIMARY_LOST,
    ),
    Scenario(
        "primary-s3-slowdown",
        "S3 in the primary region answers 30 % of requests with 503 SlowDown",
        (ScenarioFault("s3-slowdown", ScenarioTarget.PRIMARY, percent=30),),
        BROWN_OUT,
    ),
    Scenario(
        "replica-s3-down",
        "S3 in the first replica region refuses connections",
        (ScenarioFault("s3-refuse", ScenarioTarget.REPLICA),),
        REPLICA_LOST,
    ),
    Scenario(
        "primary-and-replica-s3-down",
        "S3 in the primary and in the first replica region refuses connections",
        (ScenarioFault("s3-refuse", ScenarioTarget.PRIMARY), ScenarioFault("s3-refuse", ScenarioTarget.REPLICA)),
        dict.fromkeys(Mode, expected(True, _THROUGHOUT, _THROUGHOUT, {FAILOVER, PRIMARY, SECONDARY, STRANDED})),
    ),
    Scenario(
        "replication-lagging",
        "S3 in the primary region refuses connections while replication is an hour behind",
        (ScenarioFault("s3-refuse", ScenarioTarget.PRIMARY),),
        {
            Mode.DNS: expected(True, _BRIEFLY, _THROUGHOUT, {FAILOVER, PRIMARY, DISTRIBUTION}, old_content=True),
            Mode.HYBRID: expected(False, _NEVER, _NEVER, {PRIMARY}, old_content=True),
        },
        before=(ScenarioFault("replication-lag", lag=3600),),
    ),
    Scenario(
        "control-planes-down",
        "S3 in the primary region refuses connections; Route 53, CloudFront, IAM and CloudFormation take no calls",
        (ScenarioFault("control-planes-down"), ScenarioFault("s3-refuse", ScenarioTarget.PRIMARY)),
        PRIMARY_LOST,
    ),
    Scenario(
        "flapping-primary",
        "S3 in the primary region comes and goes, each time for half as long as checks need to notice",
        (ScenarioFault("s3-refuse", ScenarioTarget.PRIMARY),),
        {
            Mode.DNS: expected(False, _THROUGHOUT, _THROUGHOUT, set()),
            Mode.HYBRID: expected(False, _NEVER, _NEVER, set()),
        },
        flaps=True,
    ),
)
