"""The alarms on clients as they are deployed, and how long each takes: what a fleet is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from breakable_aws import aws
from breakable_aws.handle import Emulator
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.names.alarms import CLIENTS

GROUP = CLIENTS
"""What the names of these alarms begin with, after the site's."""

_EXTRA_PERIODS = 2
"""CloudWatch looks for real data points in more periods than it judges before missing ones count: two more in all of
the guide's examples (User Guide, alarms-and-missing-data), and in the embedded AWS."""
_COUNTERS = frozenset({"Exhausted", "LocalFaults", "Refused"})
"""Metrics of what happened since the last data point; the others say what is."""
_CRITICAL = frozenset({"AllRegionsFailing", "Exhausted"})
"""Metrics of what harms a host's callers; other alarms tell of what they do not notice."""


@dataclass(frozen=True)
class DeployedAlarm:
    """One alarm, as DescribeAlarms has it.

    It is named without the site's name. `periods` are judged, and `datapoints` of them must breach.
    """

    name: str
    metric: str
    region: str | None
    period: float
    periods: int
    datapoints: int
    threshold: float
    on_silence: bool

    @classmethod
    def of(cls, alarm: Mapping[str, Any], prefix: str) -> Self:
        """Return what a description says; the names of the site's alarms start with the prefix."""
        dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
        return cls(
            name=alarm["AlarmName"].removeprefix(prefix),
            metric=alarm["MetricName"],
            region=dimensions.get("Region"),
            period=float(alarm["Period"]),
            periods=int(alarm["EvaluationPeriods"]),
            datapoints=int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]),
            threshold=float(alarm["Threshold"]),
            on_silence=alarm.get("TreatMissingData") == "breaching",
        )

    @property
    def is_critical(self) -> bool:
        """Whether the alarm pages an operator; the others warn."""
        return self.metric in _CRITICAL and not self.on_silence

    @property
    def goes_on_within(self) -> float:
        """Seconds from when the hosts know until the alarm must be on.

        The period in which it happens does not count, as hosts may have published theirs; then as many must be over as
        it takes.
        """
        needed = self.periods + _EXTRA_PERIODS if self.on_silence else self.datapoints
        return (1 + needed) * self.period

    @property
    def goes_off_within(self) -> float:
        """Seconds from when the hosts know that it is over until the alarm must be off.

        It is off when fewer data points than it takes are bad. A counter's next one still has what was counted before.
        """
        needed = 1 if self.on_silence else self.periods - self.datapoints + 1
        carried = 1 if self.metric in _COUNTERS else 0
        return (1 + carried + needed) * self.period


def find(site: Site, emulator: Emulator) -> dict[str, DeployedAlarm]:
    """Return a site's deployed alarms on clients, by name; raise UserError if there are none."""
    cloudwatch = aws.client(emulator, "cloudwatch", site.client_alarm_region)
    found = cloudwatch.describe_alarms(AlarmNamePrefix=site.naming.alarm(GROUP), AlarmTypes=["MetricAlarm"])
    alarms = [DeployedAlarm.of(alarm, site.naming.alarms) for alarm in found["MetricAlarms"]]
    if not alarms:
        message = f"sites.{site.name} has no alarms on clients in {site.client_alarm_region} on the embedded AWS"
        raise UserError(f"{message}, expected a deployed site: run `s3-failover local deploy`")
    return {alarm.name: alarm for alarm in alarms}
