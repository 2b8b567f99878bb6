"""What CloudWatch publishes to a topic when an alarm changes its state.

AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html`.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

from botocore.loaders import Loader

from .alarm_reasons import timestamp

_LONGEST_SUBJECT = 100
_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def subject(alarm: Mapping[str, Any], region: str) -> str:
    """Return the subject, which also is the subject of the e-mail; SNS refuses a longer one."""
    return f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region_name(region)}'[:_LONGEST_SUBJECT]


def message(alarm: Mapping[str, Any], old_state: str, account: str, region: str) -> dict[str, Any]:
    """Return the message about an alarm that has just changed its state.

    The alarm is as DescribeAlarms shows it, with its new state.
    """
    about = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": timestamp(alarm["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
    }
    actions = {key: alarm.get(key) or [] for key in _ACTIONS}
    return about | actions | (_rule(alarm) if "AlarmRule" in alarm else {"Trigger": _trigger(alarm)})


@functools.cache
def region_name(region: str) -> str:
    """Return what CloudWatch calls a region in messages, such as `US East (N. Virginia)`."""
    for partition in Loader().load_data("partitions")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    watched = {"Metrics": alarm["Metrics"]} if alarm.get("Metrics") else _metric(alarm)
    return watched | {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }


def _metric(alarm: Mapping[str, Any]) -> dict[str, Any]:
    extended = alarm.get("ExtendedStatistic")
    kind = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {"StatisticType": "Statistic", "Statistic": str(alarm.get("Statistic") or "Average").upper()}
    )
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        **kind,
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": pair["Value"], "name": pair["Name"]} for pair in alarm.get("Dimensions") or []],
    }


def _rule(alarm: Mapping[str, Any]) -> dict[str, Any]:
    triggering = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
    children = [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in triggering
    ]
    return {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": children}
