"""The alarms of a site, and the metrics that they watch."""

from collections.abc import Iterable

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from s3_failover.names.site import Naming


def alarms(naming: Naming, stacks: Iterable[Stack]) -> dict[str, cloudwatch.AlarmBase]:
    """Return the alarms in a site's stacks by their kinds; alarms of other names are left out."""
    found = (each for stack in stacks for each in stack.node.find_all() if isinstance(each, cloudwatch.AlarmBase))
    named = {_name(alarm): alarm for alarm in found}
    return {naming.alarm_kind(name): alarm for name, alarm in named.items() if name.startswith(naming.alarms)}


def of(alarm: cloudwatch.Alarm | None) -> cloudwatch.Metric:
    """Return the metric that one of a site's alarms watches, for dashboards and alarms in any region."""
    assert alarm is not None
    metric = alarm.metric
    assert isinstance(metric, cloudwatch.Metric)
    return metric.with_(region=Stack.of(alarm).region)


def _name(alarm: cloudwatch.AlarmBase) -> str:
    """Return an alarm's name as it is written, where the L2 has a token; empty where it has none."""
    name: str | None = getattr(alarm.node.default_child, "alarm_name", None)
    return name or ""
