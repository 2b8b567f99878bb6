"""Metrics as log lines in CloudWatch's embedded metric format: for Lambda, ECS, and the CloudWatch agent.

Specification: CloudWatch user guide, "Specification: Embedded metric format". CloudWatch Logs says there that it may
count a line twice on occasion: where the number of failing hosts decides who is woken up, `CloudWatchMetrics` is exact.
"""

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from s3_failover.metrics.clock import MetricsClock
from s3_failover.metrics.cloudwatch import dimensions, namespace_of
from s3_failover.metrics.datapoints import Datapoint, HostReport
from s3_failover.metrics.host_sink import HostSink
from s3_failover.names.metrics import NAMESPACE

VALUES = 100
"""Numbers that one metric of a line may have (the specification's "Target members")."""


class EmfMetrics(HostSink):
    """Writes one line per minute for the service, and one per region, with what CloudWatchMetrics publishes.

    One process of a host writes the lines, the others see to it that theirs are in them. The host is a property of a
    line, to search for, and no dimension: that would make a metric of each host. Of more than 100 latencies a line
    has 100 quantiles.

    Args:
        service: what the hosts do: the dimension `Service`.
        host: see HostSink.
        stream: where lines go; the standard output by default, as it is when a line is written.
        path: a file to append them to instead, opened anew each time: it may be rotated.
        namespace: the metrics' namespace.
        directory: see HostSink.
        interval: see HostSink.
        clock: see HostSink.

    Raises:
        ValueError: an argument cannot be, or both stream and path are given.
        OSError: the system has no file locks.
    """

    def __init__(
        self,
        service: str,
        *,
        host: str | None = None,
        stream: TextIO | None = None,
        path: str | Path | None = None,
        namespace: str = NAMESPACE,
        directory: str | Path | None = None,
        interval: float = 60,
        clock: MetricsClock | None = None,
    ) -> None:
        if stream and path:
            raise ValueError(f"got both a stream and the path {path}, expected one of them")
        self._namespace = namespace_of(namespace)
        self._stream = stream
        self._path = Path(path).absolute() if path else None
        super().__init__(
            service,
            destination=f"{self._path or 'stream'} {namespace}",
            host=host,
            directory=directory,
            interval=interval,
            clock=clock,
        )

    def _send(self, report: HostReport) -> None:
        # In one piece: lines of other threads and processes must not come in between.
        text = "".join(f"{line}\n" for line in lines(report, self.service, self.host, self._namespace))
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text)
            return
        stream = self._stream or sys.stdout
        stream.write(text)
        stream.flush()


def lines(report: HostReport, service: str, host: str, namespace: str = NAMESPACE) -> Iterator[str]:
    """Yield a report as lines of JSON: one for the service, then one for each region."""
    for _, group in groupby(report.datapoints(), key=lambda datapoint: datapoint.region):
        yield json.dumps(_document(list(group), report.slot, service, host, namespace), separators=(",", ":"))


def _document(datapoints: list[Datapoint], slot: float, service: str, host: str, namespace: str) -> dict[str, Any]:
    shared = dimensions(datapoints[0], service)
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(shared)],
        "Metrics": [{"Name": datapoint.name, "Unit": datapoint.unit} for datapoint in datapoints],
    }
    metadata = {"Timestamp": int(slot * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, **shared, "Host": host} | {item.name: _target(item) for item in datapoints}


def _target(datapoint: Datapoint) -> float | list[float]:
    if datapoint.distribution:
        return quantiles(datapoint.values)
    return datapoint.values[0][0]


def quantiles(values: tuple[tuple[float, int], ...]) -> list[float]:
    """Return every value as often as it occurred, or, where these are too many, 100 that are evenly spread in rank."""
    total = sum(count for _, count in values)
    wanted = min(total, VALUES)
    ranks = [(index + 0.5) * total / wanted for index in range(wanted)]
    found: list[float] = []
    seen = 0
    for value, count in values:
        seen += count
        while len(found) < wanted and ranks[len(found)] <= seen:
            found.append(value)
    return found
