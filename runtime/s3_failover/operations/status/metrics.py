"""Reads the newest values of CloudWatch's metrics; a metric without data has no value, not zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from s3_failover.operations.account import Account
from s3_failover.operations.refusals import explained

_MOST_QUERIES = 500
"""Queries in one call (CloudWatch API, GetMetricData)."""


@dataclass(frozen=True)
class Metric:
    """A metric, and how to read it.

    `statistic` is that of each period, and `span` how far back to look.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Maximum"
    period: int = 60
    span: timedelta = timedelta(minutes=15)

    def as_query(self, identifier: str) -> dict[str, Any]:
        """Return it as GetMetricData takes it."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        metric = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}
        stat = {"Metric": metric, "Period": self.period, "Stat": self.statistic}
        return {"Id": identifier, "MetricStat": stat, "ReturnData": True}


Series = tuple[tuple[datetime, float], ...]
"""Values with the beginnings of their periods, the oldest first; empty if there is no data."""


def read(account: Account, region: str, metrics: Sequence[Metric]) -> list[Series]:
    """Return what a region's CloudWatch has for each metric."""
    found: list[Series] = [()] * len(metrics)
    for span in sorted({metric.span for metric in metrics}):
        chosen = [index for index, metric in enumerate(metrics) if metric.span == span]
        for begin in range(0, len(chosen), _MOST_QUERIES):
            part = chosen[begin : begin + _MOST_QUERIES]
            for index, series in zip(part, _read(account, region, [metrics[index] for index in part]), strict=True):
                found[index] = series
    return found


def _read(account: Account, region: str, metrics: Sequence[Metric]) -> list[Series]:
    now = account.now()
    queries = [metric.as_query(f"m{index}") for index, metric in enumerate(metrics)]
    values: dict[str, list[tuple[datetime, float]]] = {query["Id"]: [] for query in queries}
    with explained(f"read metrics in {region}", service="cloudwatch"):
        pages = account.client("cloudwatch", region).get_paginator("get_metric_data")
        # A minute more: what began within the current minute counts too.
        for page in pages.paginate(
            MetricDataQueries=queries, StartTime=now - metrics[0].span, EndTime=now + timedelta(minutes=1)
        ):
            for result in page.get("MetricDataResults", ()):
                values[result["Id"]] += zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
    return [tuple(sorted(values[query["Id"]])) for query in queries]


def newest(series: Series) -> float | None:
    """Return the last value, or None without data."""
    return series[-1][1] if series else None
