import re
from pathlib import Path

from metric_hosts import REGIONS, attempt, fail, request
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry

from s3_failover.metrics.otel import OpenTelemetryMetrics
from s3_failover.metrics.prometheus import PrometheusMetrics

TEXT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()


def named(pattern):
    return set(re.findall(pattern, TEXT))


def test_the_page_names_every_metric_of_cloudwatch_and_no_other(sink, clock, cloudwatch):
    one = sink()
    one.on_attempt(attempt())
    one.on_request(request())
    clock.run(60)
    published = {datum["MetricName"] for call in cloudwatch.calls for datum in call["MetricData"]}
    assert named(r"\| `([A-Z][A-Za-z]+)` \{Service") == published


def test_the_page_names_every_metric_of_prometheus_and_no_other():
    registry = CollectorRegistry()
    PrometheusMetrics(registry).on_start(REGIONS)
    families = {family.name + ("_total" if family.type == "counter" else "") for family in registry.collect()}
    assert named(r"`(s3_failover_\w+)`") == families


def test_the_page_names_every_metric_of_opentelemetry_and_no_other():
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    one = OpenTelemetryMetrics(provider)
    one.on_start(REGIONS)
    fail(one, *REGIONS, exhausted=True)
    metrics = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    assert named(r"`(s3_failover\.(?!metrics)[\w.]+)` \|") == {metric.name for metric in metrics}
    provider.shutdown()
