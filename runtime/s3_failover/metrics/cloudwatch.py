"""Metrics to CloudWatch by PutMetricData: what the alarms of the ClientAlarms stack watch."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from s3_failover.metrics.clock import MetricsClock
from s3_failover.metrics.datapoints import Datapoint, HostReport
from s3_failover.metrics.host_sink import HostSink
from s3_failover.names.metrics import NAMESPACE

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

DATUMS = 1000
"""Metrics that one PutMetricData takes (CloudWatch API reference)."""
_TIMEOUTS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
_PAUSE = 1.0
"""Seconds before a call that was refused is made again, once."""
_REFUSED = frozenset({429, 503})
"""Answers that mean: nothing was taken, come back."""


class CloudWatchMetrics(HostSink):
    """Publishes one datapoint per host, metric and minute to CloudWatch.

    So Sum of `RegionFailing` is the number of hosts for which a region fails, and SampleCount of `AllRegionsFailing`
    the number of hosts that report. A call that may have arrived is not tried again within its minute: a host would
    count twice. The host needs `host_policy`, and no more.

    Args:
        service: what the hosts do: the dimension `Service`.
        region: the region in which the alarms are; better not the one that most objects are read from.
        host: see HostSink.
        namespace: the metrics' namespace.
        directory: see HostSink.
        interval: see HostSink.
        session: the boto3 session with the credentials; by default a new one. It is used by a thread of this sink.
        client: a CloudWatch client to use instead of one of its own; its timeouts and retries are then its owner's.
        clock: see HostSink.

    Raises:
        ValueError: an argument cannot be.
        OSError: the system has no file locks.
    """

    def __init__(
        self,
        service: str,
        region: str,
        *,
        host: str | None = None,
        namespace: str = NAMESPACE,
        directory: str | Path | None = None,
        interval: float = 60,
        session: boto3.session.Session | None = None,
        client: CloudWatchClient | None = None,
        clock: MetricsClock | None = None,
    ) -> None:
        self._region = _known("region", region, r"[a-z]{2}(-[a-z]+)+-\d+", "the name of one, like us-west-2")
        self._namespace = namespace_of(namespace)
        self._session = session
        self._given = client
        self._client = client
        super().__init__(
            service, destination=f"{region} {namespace}", host=host, directory=directory, interval=interval, clock=clock
        )

    def on_close(self) -> None:
        """Stop publishing, publish or leave to others what is still to be said, and close what was opened here."""
        super().on_close()
        if self._client and not self._given:
            self._client.close()
            self._client = None

    def _in_child(self) -> None:
        super()._in_child()
        # Its connections are the parent's too; what is closed here stays open there.
        if self._client:
            self._client.close()
        self._client = self._given

    def _send(self, report: HostReport) -> None:
        datums = metric_data(report, self.service)
        for first in range(0, len(datums), DATUMS):
            self._put(datums[first : first + DATUMS])

    def _put(self, datums: list[MetricDatumTypeDef]) -> None:
        self._client = self._client or self._made()
        try:
            self._client.put_metric_data(Namespace=self._namespace, MetricData=datums)
        except (ClientError, ConnectTimeoutError, EndpointConnectionError) as error:
            if not nothing_taken(error):
                raise
            time.sleep(_PAUSE)
            self._client.put_metric_data(Namespace=self._namespace, MetricData=datums)

    def _made(self) -> CloudWatchClient:
        session = self._session or boto3.session.Session()
        return session.client("cloudwatch", region_name=self._region, config=_TIMEOUTS)


def nothing_taken(error: Exception) -> bool:
    """Whether a call that failed has surely left nothing behind, so that it can be made again."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status in _REFUSED or error.response.get("Error", {}).get("Code") in (
            "Throttling",
            "ThrottlingException",
        )
    return isinstance(error, ConnectTimeoutError | EndpointConnectionError)


def metric_data(report: HostReport, service: str) -> list[MetricDatumTypeDef]:
    """Return a report as PutMetricData takes it."""
    at = datetime.fromtimestamp(report.slot, UTC)
    return [_datum(datapoint, service, at) for datapoint in report.datapoints()]


def _datum(datapoint: Datapoint, service: str, at: datetime) -> MetricDatumTypeDef:
    datum: MetricDatumTypeDef = {
        "MetricName": datapoint.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions(datapoint, service).items()],
        "Timestamp": at,
        "Unit": datapoint.unit,  # type: ignore[typeddict-item]
        "StorageResolution": 60,
    }
    if datapoint.distribution:
        datum["Values"] = [value for value, _ in datapoint.values]
        datum["Counts"] = [count for _, count in datapoint.values]
    else:
        datum["Value"] = datapoint.values[0][0]
    return datum


def dimensions(datapoint: Datapoint, service: str) -> dict[str, str]:
    """Return a datapoint's dimensions: never the host, which would make a metric of each."""
    return {"Service": service} | ({"Region": datapoint.region} if datapoint.region else {})


def host_policy(region: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    """Return the IAM policy that a publishing host needs, and no more.

    PutMetricData knows no resources; conditions hold it to one namespace (CloudWatch user guide, "Using condition keys
    to limit access to CloudWatch namespaces") and one region.
    """
    statement = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": namespace, "aws:RequestedRegion": region}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def namespace_of(value: str) -> str:
    """Return a namespace if CloudWatch takes it.

    Raises:
        ValueError: it has other characters than letters, digits and `.-_/#`, or begins with `AWS/`.
    """
    if value.startswith("AWS/"):
        msg = f"namespace is {value!r}, expected one that does not begin with AWS/, where only AWS publishes"
        raise ValueError(msg)
    return _known("namespace", value, r"[0-9A-Za-z.\-_/#]{1,255}", "at most 255 letters, digits and . - _ / #")


def _known(name: str, value: str, pattern: str, expected: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{name} is {value!r}, expected {expected}")
    return value
