"""Ministack's metrics, of the present account and region, and what else of its CloudWatch is used."""

import json
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from types import SimpleNamespace
from typing import Any

from ministack.services import cloudwatch

from .hooks import replace


def tell_time(now: Callable[[], float]) -> None:
    """Give CloudWatch another clock than the machine's."""
    replace(cloudwatch, "time", SimpleNamespace(time=now))


def now() -> float:
    """Return the time that CloudWatch has."""
    return cloudwatch.time.time()


def points(namespace: str, name: str, dimensions: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """Return what was published to exactly one metric: the same dimensions, no more and no fewer.

    Each point has `Timestamp` and `Unit`, and a `Value` that was seen `Count` times or the statistic set `_stat`.
    """
    return cloudwatch._metrics.get(_key(namespace, name, dimensions)) or ()


def publish(
    namespace: str, name: str, dimensions: Mapping[str, str], *, at: float, unit: str, value: float
) -> dict[str, Any]:
    """Store one data point and return it; what is changed in it is seen from then on."""
    cloudwatch.record_metric(namespace, name, value, unit, dict(dimensions))
    point: dict[str, Any] = cloudwatch._metrics[_key(namespace, name, dimensions)][-1]
    point["Timestamp"] = at
    return point


def dashboard_tags(name: str) -> MutableMapping[str, str] | None:
    """Return the tags of a dashboard of the present account, live; None if there is no such dashboard."""
    if name not in cloudwatch._dashboards:
        return None
    arn = cloudwatch._dashboards[name]["DashboardArn"]
    if arn not in cloudwatch._resource_tags:
        cloudwatch._resource_tags[arn] = {}
    found: MutableMapping[str, str] = cloudwatch._resource_tags[arn]
    return found


def parsed_rule(rule: str) -> tuple[Any, ...]:
    """Return the tree of a composite alarm's rule.

    Its nodes are `("const", bool)`, `("state", STATE, alarm)`, `("not", node)`, `("and" or "or", node, ...)` and
    `("at_least", count, is_percentage, negate, STATE, alarms)`.

    Raises:
        ValueError: it is no rule; the message is AWS's.
    """
    return cloudwatch._parse_alarm_rule(rule)


def tags_refusal(tags: Any, datapoints: int | None, *, is_new: bool, is_composite: bool) -> tuple[str, str] | None:
    """Return the code and the message with which CloudWatch refuses an alarm's tags or its DatapointsToAlarm."""
    refused = cloudwatch._alarm_tags_refusal(tags, datapoints, is_new, False, True, is_composite)
    if refused is None:
        return None
    told = json.loads(refused[2])
    return told["__type"], told["message"]


def _key(namespace: str, name: str, dimensions: Mapping[str, str]) -> tuple[str, str, str]:
    return namespace, name, cloudwatch._dims_key(dimensions)
