"""Metrics of clients: a sink for CloudWatch, one for logs in its embedded metric format, Prometheus and OpenTelemetry.

A sink is a listener: `S3FailoverClient(..., listeners=[CloudWatchMetrics("ivr", "us-west-2")])`, one per client. What
needs more than boto3 has a module of its own and an extra: `s3_failover.metrics.prometheus` and
`s3_failover.metrics.otel`.
"""

from s3_failover.metrics.clock import MetricsClock, WallClock
from s3_failover.metrics.cloudwatch import CloudWatchMetrics, host_policy
from s3_failover.metrics.emf import EmfMetrics

__all__ = ["CloudWatchMetrics", "EmfMetrics", "MetricsClock", "WallClock", "host_policy"]
