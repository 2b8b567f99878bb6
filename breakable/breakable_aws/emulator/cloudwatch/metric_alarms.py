"""What PutMetricAlarm and AWS::CloudWatch::Alarm define: an alarm on one metric, or on metric math.

AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html`.
"""

from collections.abc import Mapping
from typing import Any

from breakable_aws.emulator.answers import RefusedError

_MOST_METRICS = 10
_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "Period", "Dimensions")


def definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of a metric alarm as DescribeAlarms shows it.

    Args:
        given: its properties; numbers and booleans may be texts.

    Raises:
        RefusedError: CloudWatch would refuse it.
    """
    watched = _metrics(given) if given.get("Metrics") else _metric(given)
    _need(given, "ComparisonOperator", *([] if given.get("ThresholdMetricId") else ["Threshold"]))
    points, threshold = given.get("DatapointsToAlarm"), given.get("Threshold")
    return watched | {
        "EvaluationPeriods": int(given.get("EvaluationPeriods") or 1),
        "DatapointsToAlarm": None if points in (None, "") else int(points),
        "Threshold": None if threshold in (None, "") else float(threshold),
        "ThresholdMetricId": given.get("ThresholdMetricId"),
        "ComparisonOperator": given["ComparisonOperator"],
        "TreatMissingData": given.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": given.get("EvaluateLowSampleCountPercentile"),
    }


def _metric(given: Mapping[str, Any]) -> dict[str, Any]:
    _need(given, "MetricName", "Namespace")
    extended = (given.get("ExtendedStatistic") or "").strip() or None
    return {
        "MetricName": given["MetricName"],
        "Namespace": given["Namespace"],
        "Statistic": None if extended else given.get("Statistic") or "Average",
        "ExtendedStatistic": extended,
        "Period": int(given.get("Period") or 60),
        "Dimensions": list(given.get("Dimensions") or []),
        "Unit": given.get("Unit"),
    }


def _metrics(given: Mapping[str, Any]) -> dict[str, Any]:
    for name in _OF_ONE_METRIC:
        if name in given:
            raise RefusedError(f"ValidationError: an alarm has Metrics or {name}, not both")
    metrics = [_query(each) for each in given["Metrics"]]
    if not sum(metric["ReturnData"] for metric in metrics) == 1 or len(metrics) > _MOST_METRICS:
        raise RefusedError(
            f"ValidationError: Metrics must be at most {_MOST_METRICS}, exactly one with ReturnData true"
        )
    return {"Metrics": metrics}


def _query(given: Mapping[str, Any]) -> dict[str, Any]:
    metric = {**given, "ReturnData": str(given.get("ReturnData", True)).lower() == "true"}
    if "MetricStat" in given:
        metric["MetricStat"] = {**given["MetricStat"], "Period": int(given["MetricStat"]["Period"])}
    if "Period" in given:
        metric["Period"] = int(given["Period"])
    return metric


def _need(given: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if given.get(name) in (None, ""):
            raise RefusedError(f"ValidationError: the alarm needs {name}")
