"""Sinks as the client really uses them."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry

from s3_failover.client.client import S3FailoverClient
from s3_failover.client.errors import AllRegionsFailed
from s3_failover.client.settings import Region
from s3_failover.metrics import EmfMetrics
from s3_failover.metrics.otel import OpenTelemetryMetrics
from s3_failover.metrics.prometheus import PrometheusMetrics

RUNTIME = Path(__file__).parents[2] / "runtime"
NAMES = ("us-east-1", "us-west-2")


@pytest.fixture
def closed_port():
    """A loopback port on which no process listens, and none will while the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def regions(port):
    return [Region(name, bucket=f"ivr-{name}", endpoint_url=f"http://127.0.0.1:{port}") for name in NAMES]


def test_every_sink_sees_an_exhausted_request_and_that_every_region_fails(closed_port, tmp_path):
    registry, reader = CollectorRegistry(), InMemoryMetricReader()
    provider = MeterProvider([reader])
    sinks = [
        PrometheusMetrics(registry),
        OpenTelemetryMetrics(provider),
        EmfMetrics("ivr", path=tmp_path / "lines", directory=tmp_path / "shared"),
    ]
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x")
    with S3FailoverClient(regions(closed_port), listeners=sinks, session=session, probe=None) as client:
        with pytest.raises(AllRegionsFailed):
            client.get_object("greeting.wav")
        assert registry.get_sample_value("s3_failover_exhausted_total") == 1
        assert registry.get_sample_value("s3_failover_all_regions_failing") == 1
        refused = {"region": "us-west-2", "outcome": "connection", "phase": "connect"}
        assert registry.get_sample_value("s3_failover_attempts_total", refused) == 1
        metrics = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
        values = {
            metric.name: [getattr(point, "value", None) for point in metric.data.data_points] for metric in metrics
        }
        assert values["s3_failover.region.failing"] == [1, 1]
        assert values["s3_failover.exhausted"] == [1]
    provider.shutdown()
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    assert max(line["AllRegionsFailing"] for line in lines if "AllRegionsFailing" in line) == 1
    assert sum(line.get("Exhausted", 0) for line in lines) == 1
    assert sum(line.get("FailedAttempts", 0) for line in lines) == 2


PROGRAM = """
import os, sys
import boto3
from s3_failover.client.client import S3FailoverClient
from s3_failover.client.errors import AllRegionsFailed
from s3_failover.client.settings import Region
from s3_failover.metrics import EmfMetrics

directory, port = sys.argv[1:]
sink = EmfMetrics("ivr", path=directory + "/lines", directory=directory + "/shared")
regions = [Region(name, bucket=name, endpoint_url=f"http://127.0.0.1:{port}") for name in ("us-east-1", "us-west-2")]
session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x")
client = S3FailoverClient(regions, listeners=[sink], session=session, probe=None)

def ask():
    try:
        client.get_object("greeting.wav")
    except AllRegionsFailed:
        pass

ask()
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        ask()
        client.close()
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
ask()
client.close()
"""


def test_a_client_that_forks_counts_every_request_once(closed_port, tmp_path):
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(closed_port)],
        env=os.environ | {"PYTHONPATH": str(RUNTIME)},
        timeout=120,
        check=True,
    )
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    assert sum(line.get("Exhausted", 0) for line in lines) == 5
    assert sum(line.get("FailedAttempts", 0) for line in lines) == 10
    minutes = [line["_aws"]["Timestamp"] for line in lines if "AllRegionsFailing" in line]
    assert len(minutes) == len(set(minutes))
