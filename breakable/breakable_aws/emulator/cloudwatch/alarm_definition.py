"""What a CloudWatch alarm watches, and when a data point breaches."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from .alarm_statistics import is_known

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""How an alarm on a static threshold compares, and how its reasons say so; the others need an anomaly band."""

MISSING, IGNORE, BREACHING, NOT_BREACHING = "missing", "ignore", "breaching", "notBreaching"


@dataclass(frozen=True)
class AlarmDefinition:
    """An alarm on one metric with a static threshold.

    AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html`.
    """

    statistic: str
    """`SampleCount`, `Average`, `Sum`, `Minimum`, `Maximum` or a percentile such as `p99.9`."""
    period: int
    """The seconds that one data point stands for."""
    evaluation_periods: int
    """How many data points are judged (N)."""
    datapoints_to_alarm: int
    """How many of them must breach (M)."""
    threshold: float
    """What they are compared with."""
    comparison: str
    """One of `COMPARISONS`."""
    treat_missing: str = MISSING
    """`missing`, `ignore`, `breaching` or `notBreaching`."""
    unit: str | None = None
    """Only data published with this unit counts; None: all."""

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> Self:
        """Return the definition in an alarm as DescribeAlarms shows it."""
        periods = int(alarm["EvaluationPeriods"])
        return cls(
            statistic=_statistic(alarm),
            period=int(alarm["Period"]),
            evaluation_periods=periods,
            datapoints_to_alarm=int(alarm.get("DatapointsToAlarm") or periods),
            threshold=float(alarm["Threshold"]),
            comparison=alarm["ComparisonOperator"],
            treat_missing=alarm.get("TreatMissingData") or MISSING,
            unit=alarm.get("Unit"),
        )

    def breaches(self, value: float) -> bool:
        """Tell whether a data point is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


def why_not_evaluated(alarm: Mapping[str, Any]) -> str | None:
    """Return why an alarm cannot be evaluated here, or None when it can."""
    if alarm.get("Metrics") or not alarm.get("MetricName"):
        return "Not evaluated: the embedded AWS has no metric math and no Metrics Insights"
    if alarm.get("ComparisonOperator") not in COMPARISONS:
        return f"Not evaluated: the embedded AWS has no anomaly bands, which {alarm.get('ComparisonOperator')} needs"
    if not is_known(_statistic(alarm)):
        return f"Not evaluated: the embedded AWS does not compute the statistic {_statistic(alarm)}"
    return None


def _statistic(alarm: Mapping[str, Any]) -> str:
    return alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
