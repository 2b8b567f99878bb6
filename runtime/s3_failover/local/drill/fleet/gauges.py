"""What CloudWatch made of a fleet's gauges: how many hosts report, and how many fail for each region, by the minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from breakable_aws import aws
from breakable_aws.handle import Emulator
from s3_failover.local.drill.fleet.promises import DrilledFleet
from s3_failover.names.metrics import NAMESPACE

PERIOD = 60


@dataclass(frozen=True)
class Count:
    """How many hosts in the minute that begins at `at`, in embedded time."""

    at: float
    hosts: int


@dataclass(frozen=True)
class Counted:
    """The numbers of hosts, minute by minute, the oldest first; minutes in which no host published are left out."""

    reporting: Sequence[Count]
    failing: Mapping[str, Sequence[Count]]


def most(counts: Sequence[Count], begin: float, end: float) -> int:
    """Return the highest number in the minutes that lie between two times; 0 when none does."""
    return max((count.hosts for count in counts if begin <= count.at and count.at + PERIOD <= end), default=0)


def read(drilled: DrilledFleet, emulator: Emulator, begin: float, end: float) -> Counted:
    """Return the numbers that CloudWatch returns to any client."""

    def counts(metric: str, statistic: str, region: str | None = None) -> list[Count]:
        dimensions = [{"Name": "Service", "Value": drilled.site.client_service}]
        found = aws.client(emulator, "cloudwatch", drilled.site.client_alarm_region).get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=dimensions + ([{"Name": "Region", "Value": region}] if region else []),
            StartTime=datetime.fromtimestamp(begin // PERIOD * PERIOD, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            Period=PERIOD,
            Statistics=[statistic],
        )
        points = [Count(point["Timestamp"].timestamp(), round(point[statistic])) for point in found["Datapoints"]]
        return sorted(points, key=lambda point: point.at)

    failing = {region: counts("RegionFailing", "Sum", region) for region in drilled.regions}
    return Counted(counts("AllRegionsFailing", "SampleCount"), failing)
