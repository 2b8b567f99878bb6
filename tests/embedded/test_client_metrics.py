"""What clients publish, as the embedded CloudWatch stores it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from metric_hosts import StepClock, fail, request

from s3_failover.metrics import CloudWatchMetrics

MINUTE = time.time() // 60 * 60 - 180


@pytest.fixture
def fleet(aws, tmp_path):
    clock, sinks = StepClock(MINUTE), []
    for number in range(3):
        client = aws.client("cloudwatch", "us-west-2")
        sinks.append(
            CloudWatchMetrics(
                "fleet", "us-west-2", host=f"host-{number}", client=client, directory=tmp_path / "shared", clock=clock
            )
        )
        sinks[-1].on_start(["us-east-1"])
    yield clock, sinks
    for sink in sinks:
        sink.on_close()


def test_sums_count_failing_hosts_and_samples_count_reporting_ones(fleet, aws):
    clock, sinks = fleet
    for sink in sinks[:2]:
        fail(sink, "us-east-1", exhausted=True)
        for duration in (0.1, 0.1, 0.4):
            sink.on_request(request(duration=duration))
    clock.run(119)

    def statistics(metric, statistic, region=None):
        found = aws.client("cloudwatch", "us-west-2").get_metric_statistics(
            Namespace="S3Failover",
            MetricName=metric,
            Dimensions=[{"Name": "Service", "Value": "fleet"}] + ([{"Name": "Region", "Value": region}] * bool(region)),
            StartTime=datetime.fromtimestamp(MINUTE, UTC),
            EndTime=datetime.fromtimestamp(MINUTE, UTC) + timedelta(minutes=2),
            Period=60,
            Statistics=[statistic],
        )
        return [point[statistic] for point in sorted(found["Datapoints"], key=lambda point: point["Timestamp"])]

    assert statistics("RegionFailing", "Sum", "us-east-1") == [2, 2]
    assert statistics("AllRegionsFailing", "SampleCount") == [3, 3]
    assert statistics("Exhausted", "Sum") == [2, 0]
    assert statistics("Latency", "SampleCount") == [8]
    assert statistics("Latency", "Maximum") == [pytest.approx(400, rel=0.07)]
