"""A replication rule as CloudWatch knows it."""

from dataclasses import dataclass

from aws_cdk import Duration, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3

from s3_failover_constructs.arguments import a_bucket, text


@dataclass(frozen=True)
class ReplicationRule:
    """A replication rule of a bucket, whose metrics S3 publishes (S3 User Guide, repl-metrics).

    `Replication.rules` has those that it makes. For the rules of another stack, import their buckets by name, with
    their regions: `Bucket.from_bucket_attributes`.

    Attributes:
        source: the bucket that is copied.
        destination: the copy.
        id: the rule's id.
    """

    source: s3.IBucket
    destination: s3.IBucket
    id: str

    def __post_init__(self) -> None:
        a_bucket("source", self.source)
        a_bucket("destination", self.destination)
        text("id", self.id)

    def metric_latency(self) -> cloudwatch.Metric:
        """Return how many seconds the copy is behind; it is published in the destination's region."""
        return self._metric("ReplicationLatency", cloudwatch.Stats.MAXIMUM, self.destination)

    def metric_pending_operations(self) -> cloudwatch.Metric:
        """Return how many operations wait; it is published in the destination's region."""
        return self._metric("OperationsPendingReplication", cloudwatch.Stats.MAXIMUM, self.destination)

    def metric_failed_operations(self) -> cloudwatch.Metric:
        """Return how many operations failed; it is published in the source's region."""
        return self._metric("OperationsFailedReplication", cloudwatch.Stats.SUM, self.source)

    def _metric(self, name: str, statistic: str, published_by: s3.IBucket) -> cloudwatch.Metric:
        region = published_by.env.region
        return cloudwatch.Metric(
            namespace="AWS/S3",
            metric_name=name,
            dimensions_map={
                "SourceBucket": self.source.bucket_name,
                "DestinationBucket": self.destination.bucket_name,
                "RuleId": self.id,
            },
            statistic=statistic,
            period=Duration.minutes(1),
            region=None if Token.is_unresolved(region) else region,
        )
