import pytest
from metric_hosts import MINUTE, REGIONS, attempt, fail, heal, request
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, ObservableCounter, ObservableGauge
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader

from s3_failover.client.results import Result
from s3_failover.metrics.otel import OpenTelemetryMetrics

DELTA = dict.fromkeys((Counter, Histogram, ObservableCounter, ObservableGauge), AggregationTemporality.DELTA)


class Provider:
    def __init__(self, temporality=None):
        self._reader = InMemoryMetricReader(temporality or {})
        self.provider = MeterProvider([self._reader])

    def collect(self):
        """Return the data points of each metric, by attributes without the host."""
        data = self._reader.get_metrics_data()
        found = {}
        for metric in data.resource_metrics[0].scope_metrics[0].metrics if data else ():
            found[metric.name] = {}
            for point in metric.data.data_points:
                attributes = dict(point.attributes)
                assert attributes.pop("host") == "host-1"
                found[metric.name][tuple(attributes.values())] = point
        return found

    def values(self, name):
        return {key: point.value for key, point in self.collect()[name].items()}


@pytest.fixture(params=[None, DELTA], ids=["cumulative", "delta"])
def meters(request):
    made = Provider(request.param)
    yield made
    made.provider.shutdown()


@pytest.fixture
def sink(meters):
    made = OpenTelemetryMetrics(meters.provider, host="host-1")
    made.on_start(REGIONS)
    yield made
    made.on_close()


def test_every_metric_is_there_from_the_start_with_0(sink, meters):
    found = meters.collect()
    assert set(found) == {
        "s3_failover.region.failing",
        "s3_failover.region.misconfigured",
        "s3_failover.region.ejected",
        "s3_failover.region.last_attempt.timestamp",
        "s3_failover.all_regions_failing",
        "s3_failover.attempts",
        "s3_failover.exhausted",
        "s3_failover.requests",
        "s3_failover.ejections",
        "s3_failover.hedges",
    }
    assert all(point.value == 0 for points in found.values() for point in points.values())
    assert len(found["s3_failover.requests"]) == len(Result)


def test_gauges_are_in_every_collection_whatever_the_temporality(sink, meters):
    fail(sink, "us-east-1")
    for _ in range(3):
        found = meters.collect()
        failing = {key: point.value for key, point in found["s3_failover.region.failing"].items()}
        assert failing == {("us-east-1",): 1, ("us-west-2",): 0, ("eu-west-1",): 0}
        assert found["s3_failover.all_regions_failing"][()].value == 0
        assert found["s3_failover.region.last_attempt.timestamp"]["us-east-1",].value >= MINUTE / 2
    heal(sink, "us-east-1")
    assert not any(meters.values("s3_failover.region.failing").values())


def test_all_regions_failing_and_exhausted(sink, meters):
    fail(sink, *REGIONS, exhausted=True)
    found = meters.collect()
    assert found["s3_failover.all_regions_failing"][()].value == 1
    assert found["s3_failover.exhausted"][()].value == 1
    assert found["s3_failover.requests"]["all_regions_failed",].value == 1
    assert found["s3_failover.attempts"]["us-east-1", "timeout", "headers"].value == 1
    assert found["s3_failover.ejections"]["us-east-1",].value == 1


def test_durations_are_a_histogram_in_seconds(sink, meters):
    for duration in (0.02, 0.02, 7.0):
        sink.on_request(request(duration=duration))
    point = meters.collect()["s3_failover.request.duration"][()]
    assert (point.count, point.sum) == (3, pytest.approx(7.04))
    assert 10.0 in point.explicit_bounds


def test_durations_can_be_left_out(meters):
    one = OpenTelemetryMetrics(meters.provider, host="host-1", durations=False)
    one.on_start(REGIONS)
    one.on_request(request())
    found = meters.collect()
    assert "s3_failover.request.duration" not in found
    assert found["s3_failover.requests"]["success",].value == 1


def test_clients_of_one_provider_are_seen_as_one_and_counted_together(sink, meters):
    other = OpenTelemetryMetrics(meters.provider, host="host-1")
    other.on_start(["us-east-1", "ap-south-1"])
    fail(sink, "us-east-1")
    fail(other, "ap-south-1")
    heal(other, "us-east-1")
    found = meters.collect()
    failing = {key: point.value for key, point in found["s3_failover.region.failing"].items()}
    assert failing == {("us-east-1",): 1, ("us-west-2",): 0, ("eu-west-1",): 0, ("ap-south-1",): 1}
    assert found["s3_failover.all_regions_failing"][()].value == 0
    other.on_close()
    sink.on_attempt(attempt("us-east-1"))
    found = meters.collect()
    assert ("ap-south-1",) not in found["s3_failover.region.failing"]
    assert ("ap-south-1", "timeout", "headers") in found["s3_failover.attempts"]


def test_a_closed_client_takes_its_gauges_back(sink, meters):
    fail(sink, *REGIONS)
    sink.on_close()
    assert meters.collect()["s3_failover.all_regions_failing"][()].value == 0
