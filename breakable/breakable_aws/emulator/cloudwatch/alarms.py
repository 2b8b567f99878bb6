"""AWS::CloudWatch::Alarm with metric math, and AWS::CloudWatch::CompositeAlarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from breakable_aws.emulator.answers import RefusedError, require
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import (
    Properties,
    Resource,
    add,
    name_of,
    refuse_existing,
    replaced,
)

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
_LONGEST_NAME = 255
_MOST_METRICS = 10
_COMPOSITE_PROPERTIES = ("AlarmRule", "AlarmDescription", "AlarmActions", "OKActions", "InsufficientDataActions")


def install() -> None:
    """Add composite alarms, and let metric alarms have metric math (stored; evaluated by nobody here)."""
    record = provisioners._cw_metric_alarm_record

    def record_any(name: str, properties: Properties) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if not metrics:
            plain: dict[str, Any] = record(name, properties)
            return plain
        return _with_metrics(record, name, properties, [_metric(metric) for metric in metrics])

    replace(provisioners, "_cw_metric_alarm_record", record_any)
    refuse_existing(ALARM, "AlarmName", lambda name: name in cloudwatch._alarms)
    add(COMPOSITE, create=create_composite, update=update_composite, delete=delete_composite)
    provisioners._STACK_TAG_PROPERTY[COMPOSITE] = ("Tags", "list")


def create_composite(logical: str, properties: Properties, stack: str) -> Resource:
    """Create a composite alarm; its children must exist."""
    name = name_of(properties, "AlarmName", stack, logical, _LONGEST_NAME)
    if name in cloudwatch._composite_alarms or name in cloudwatch._alarms:
        raise RefusedError(f"AlreadyExists: resource of type '{COMPOSITE}' with identifier '{name}' already exists")
    return _put_composite(name, properties)


def update_composite(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a composite alarm in place, or replace it when its name changes."""
    if name_of(new, "AlarmName", stack, logical, _LONGEST_NAME) == physical:
        return _put_composite(physical, new)
    return replaced(physical, old, create_composite(logical, new, stack), delete_composite)


def delete_composite(physical: str, _properties: Properties) -> None:
    """Delete a composite alarm; one that another composite alarm needs is kept, and the deletion fails."""
    parents = [
        name
        for name, alarm in cloudwatch._composite_alarms.items()
        if physical in cloudwatch._composite_children(alarm)
    ]
    if parents:
        raise RefusedError(
            f"ValidationError: cannot delete {physical}: the composite alarms {', '.join(parents)} need it"
        )
    gone = cloudwatch._composite_alarms.pop(physical, None)
    if gone:
        cloudwatch._resource_tags.pop(gone["AlarmArn"], None)


def _put_composite(name: str, properties: Properties) -> Resource:
    request = {"AlarmName": name} | {key: properties[key] for key in _COMPOSITE_PROPERTIES if key in properties}
    request["ActionsEnabled"] = str(properties.get("ActionsEnabled", True)).lower() == "true"
    require(cloudwatch._put_composite_alarm({}, request, False, True), f"{COMPOSITE} {name}")
    arn = cloudwatch._composite_alarms[name]["AlarmArn"]
    cloudwatch._resource_tags[arn] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
    return name, {"Arn": arn}


def _with_metrics(record: Any, name: str, properties: Properties, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the record of an alarm on metric math: as any other, with the queries in the place of the one metric.

    AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html`.
    """
    for single in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
        if single in properties:
            raise RefusedError(f"ValidationError: an alarm has Metrics or {single}, not both")
    if not sum(metric["ReturnData"] for metric in metrics) == 1 or len(metrics) > _MOST_METRICS:
        raise RefusedError(
            f"ValidationError: Metrics must be at most {_MOST_METRICS}, exactly one with ReturnData true"
        )
    placeholder = {key: value for key, value in properties.items() if key != "Metrics"}
    alarm: dict[str, Any] = record(name, placeholder | {"MetricName": "none", "Namespace": "none"})
    for single in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"):
        alarm[single] = None
    return alarm | {"Metrics": metrics}


def _metric(given: Mapping[str, Any]) -> dict[str, Any]:
    metric = dict(given)
    metric["ReturnData"] = str(given.get("ReturnData", True)).lower() == "true"
    if "MetricStat" in given:
        metric["MetricStat"] = given["MetricStat"] | {"Period": int(given["MetricStat"]["Period"])}
    if "Period" in given:
        metric["Period"] = int(given["Period"])
    return metric
