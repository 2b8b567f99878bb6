"""The data points of metrics: those of AWS's services are put in, and those that an alarm watches are read."""

from collections.abc import Iterator, Mapping
from typing import Any

from breakable_aws.emulator.base import cloudwatch, scopes

from .alarm_statistics import Sample


def publish(
    region: str, namespace: str, name: str, dimensions: Mapping[str, str], *, at: float, unit: str, value: float
) -> dict[str, Any]:
    """Store one data point and return the record of it.

    `region` is whose CloudWatch gets it. `dimensions` are all of them: CloudWatch does not aggregate over the others.
    """
    with scopes.within(scopes.account(), region):
        return cloudwatch.publish(namespace, name, dimensions, at=at, unit=unit, value=value)


def samples(alarm: Mapping[str, Any], since: float) -> Iterator[Sample]:
    """Yield what was published to an alarm's metric from a moment on."""
    dimensions = {each["Name"]: each.get("Value", "") for each in alarm["Dimensions"]}
    for point in cloudwatch.points(alarm["Namespace"], alarm["MetricName"], dimensions):
        if point["Timestamp"] >= since:
            yield _sample(point)


def _sample(point: Mapping[str, Any]) -> Sample:
    published = point.get("_stat")
    if published is None:
        count, value = float(point.get("Count", 1)), point["Value"]
        return Sample(point["Timestamp"], count, value * count, value, value, point["Unit"])
    count, total, low, high = (float(published.get(name, 0)) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    return Sample(point["Timestamp"], count, total, low, high, point["Unit"])
