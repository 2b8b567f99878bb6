"""Alarms on replication, each in the region where S3 publishes its metric (S3 User Guide, repl-metrics)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from s3_failover.names import alarms
from s3_failover_constructs.alarm_names import alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import duration, integer, optional_text, text


class ReplicationLagAlarms(Construct):
    """Defines warnings when a replica falls behind; belongs in the destination's region.

    Missing data keeps the state, as AWS advises for these metrics (S3 User Guide, metrics-dimensions).

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        source_bucket_name: the bucket that is copied.
        destination_bucket_name: the replica.
        rule_id: the replication rule's id.
        notifications: what the warnings tell or do; nothing by default.
        latency: how far behind the replica may be; 15 minutes by default.
        pending_operations: how many operations may wait for 15 minutes; 1,000 by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str | None = None,
        source_bucket_name: str,
        destination_bucket_name: str,
        rule_id: str,
        notifications: Notifications | None = None,
        latency: Duration | None = None,
        pending_operations: int = 1000,
    ) -> None:
        super().__init__(scope, construct_id)
        told = notified(notifications)
        optional_text("name", name)
        text("source_bucket_name", source_bucket_name)
        text("destination_bucket_name", destination_bucket_name)
        text("rule_id", rule_id)
        duration("latency", latency, "seconds", 60, 86400)
        integer("pending_operations", pending_operations, 1)
        rule = _Rule(source_bucket_name, destination_bucket_name, rule_id)
        late = latency or Duration.minutes(15)
        self.latency = cloudwatch.Alarm(
            self,
            "Latency",
            alarm_name=alarm_name(name, alarms.of_rule(alarms.REPLICATION_LATENCY, rule_id)),
            alarm_description=(
                f"{destination_bucket_name} is more than {late.to_human_string()} behind the primary: "
                "a failover now would serve old objects."
            ),
            metric=rule.metric("ReplicationLatency", cloudwatch.Stats.MAXIMUM),
            threshold=late.to_seconds(),
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        self.pending = cloudwatch.Alarm(
            self,
            "Pending",
            alarm_name=alarm_name(name, alarms.of_rule(alarms.REPLICATION_PENDING, rule_id)),
            alarm_description=f"Operations pile up on the way to {destination_bucket_name}: "
            "a failover now would lack recent changes.",
            metric=rule.metric("OperationsPendingReplication", cloudwatch.Stats.MAXIMUM),
            threshold=pending_operations,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=15,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        told.warn(self.latency)
        told.warn(self.pending)


class ReplicationFailureAlarm(Construct):
    """Defines a warning when an object fails to replicate; belongs in the source's region.

    A failed object stays failed until it is uploaded again or S3 Batch Replication copies it (S3 User Guide,
    replication-status). The metric has no data while nothing fails, so missing data is good.

    Args:
        name: what the alarm's name starts with, before a slash; by default it is generated.
        source_bucket_name: the bucket that is copied.
        destination_bucket_name: the replica.
        rule_id: the replication rule's id.
        notifications: what the warning tells or does; nothing by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str | None = None,
        source_bucket_name: str,
        destination_bucket_name: str,
        rule_id: str,
        notifications: Notifications | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        told = notified(notifications)
        optional_text("name", name)
        text("source_bucket_name", source_bucket_name)
        text("destination_bucket_name", destination_bucket_name)
        text("rule_id", rule_id)
        rule = _Rule(source_bucket_name, destination_bucket_name, rule_id)
        self.failed = cloudwatch.Alarm(
            self,
            "Failed",
            alarm_name=alarm_name(name, alarms.of_rule(alarms.REPLICATION_FAILED, rule_id)),
            alarm_description=f"Objects failed to replicate to {destination_bucket_name} and will not be retried: "
            "upload them again or run S3 Batch Replication.",
            metric=rule.metric("OperationsFailedReplication", cloudwatch.Stats.SUM),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        told.warn(self.failed)


class _Rule:
    """A replication rule as CloudWatch knows it."""

    def __init__(self, source: str, destination: str, rule_id: str) -> None:
        self._dimensions = {"SourceBucket": source, "DestinationBucket": destination, "RuleId": rule_id}

    def metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/S3",
            metric_name=name,
            dimensions_map=self._dimensions,
            statistic=statistic,
            period=Duration.minutes(1),
        )
