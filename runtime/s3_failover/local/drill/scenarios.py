"""What is broken, and what must happen then: every scenario is a claim, and a drill fails when it does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from s3_failover.config import Mode, Site
from s3_failover.drill.expected import DISTRIBUTION_LOST, PRIMARY_LOST, Expected, Fails, expected
from s3_failover.names.alarms import DISTRIBUTION, FAILOVER, PRIMARY, SECONDARY, STRANDED


class ScenarioTarget(StrEnum):
    """Which of a site's regions a fault is in."""

    PRIMARY = "primary"
    REPLICA = "replica"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class ScenarioFault:
    """One fault: its name as in `s3-failover local break`, where it is, and how far it makes replication lag."""

    name: str
    target: ScenarioTarget = ScenarioTarget.NOWHERE
    lag: float | None = None

    def region(self, site: Site) -> str | None:
        """Return the region of a site that it is in."""
        regions = {ScenarioTarget.PRIMARY: site.primary_region, ScenarioTarget.REPLICA: site.replica_regions[0]}
        return regions.get(self.target)


@dataclass(frozen=True)
class Scenario:
    """One drill.

    The faults are broken at once, those of `before` when the last objects are not published yet; `flaps` is whether
    they come and go, each time for half as long as checks need to notice. What is expected is by the site's mode, with
    a website secondary.
    """

    name: str
    title: str
    faults: tuple[ScenarioFault, ...]
    expected: Mapping[Mode, Expected]
    before: tuple[ScenarioFault, ...] = ()
    flaps: bool = False

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
        "replica-s3-down",
        "S3 in the first replica region refuses connections",
        (ScenarioFault("s3-refuse", ScenarioTarget.REPLICA),),
        dict.fromkeys(Mode, expected(False, _NEVER, _NEVER, {SECONDARY})),
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
