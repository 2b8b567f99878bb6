"""Alarms on replication, each in the region where S3 publishes its metric (S3 User Guide, repl-metrics)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from s3_failover.names import alarm_texts, alarms
from s3_failover.names.runbook import Runbook
from s3_failover_constructs.alarm_names import a_runbook, alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import duration, integer, offers, optional_text
from s3_failover_constructs.places import beside
from s3_failover_constructs.replication_rule import ReplicationRule

_MOVE = "S3 publishes the metric there: move the construct"


class ReplicationLagAlarms(Construct):
    """Defines warnings when a replica falls behind; belongs in the destination's region.

    Missing data keeps the state, as AWS advises for these metrics (S3 User Guide, metrics-dimensions).

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        rule: the replication rule, such as one of `Replication.rules`.
        notifications: what the warnings tell or do; nothing by default.
        latency: how far behind the replica may be; 15 minutes by default.
        pending_operations: how many operations may wait for 15 minutes; 1,000 by default.
        runbook: whose command and section the descriptions name; by default they name none.

    Attributes:
        latency: the replica is too far behind.
        pending: too much waits.

    Raises:
        ValueError: the stack is in another region than the destination, where alone there is data; a number is out of
            range; the name is too long for an alarm's.

    Leaves to you:
        recipients: without `notifications` an alarm only changes its state.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        rule: ReplicationRule,
        notifications: Notifications | None = None,
        latency: Duration | None = None,
        pending_operations: int = 1000,
        runbook: Runbook | None = None,
    ) -> None:
        super().__init__(scope, id)
        told = notified(notifications)
        a_runbook(runbook)
        optional_text("name", name)
        a_rule(rule)
        beside(self, "rule", rule.destination.env.region, _MOVE)
        duration("latency", latency, "seconds", 60, 86400)
        integer("pending_operations", pending_operations, 1)
        late = latency or Duration.minutes(15)
        self.latency = cloudwatch.Alarm(
            self,
            "Latency",
            alarm_name=alarm_name(name, alarms.of_rule(alarms.REPLICATION_LATENCY, rule.id)),
            alarm_description=alarm_texts.LATENCY.said(
                runbook, copy=rule.destination.bucket_name, late=late.to_human_string()
            ),
            metric=rule.metric_latency(),
            threshold=late.to_seconds(),
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        self.pending = cloudwatch.Alarm(
            self,
            "Pending",
            alarm_name=alarm_name(name, alarms.of_rule(alarms.REPLICATION_PENDING, rule.id)),
            alarm_description=alarm_texts.PENDING.said(runbook, copy=rule.destination.bucket_name),
            metric=rule.metric_pending_operations(),
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
        rule: the replication rule, such as one of `Replication.rules`.
        notifications: what the warning tells or does; nothing by default.
        runbook: whose command and section the descriptions name; by default they name none.

    Attributes:
        failed: an object failed.

    Raises:
        ValueError: the stack is in another region than the source, where alone there is data; the name is too long
            for an alarm's.

    Leaves to you:
        the repair; recipients: without `notifications` an alarm only changes its state.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        rule: ReplicationRule,
        notifications: Notifications | None = None,
        runbook: Runbook | None = None,
    ) -> None:
        super().__init__(scope, id)
        told = notified(notifications)
        a_runbook(runbook)
        optional_text("name", name)
        a_rule(rule)
        beside(self, "rule", rule.source.env.region, _MOVE)
        self.failed = cloudwatch.Alarm(
            self,
            "Failed",
            alarm_name=alarm_name(name, alarms.of_rule(alarms.REPLICATION_FAILED, rule.id)),
            alarm_description=alarm_texts.FAILED.said(runbook, copy=rule.destination.bucket_name),
            metric=rule.metric_failed_operations(),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        told.warn(self.failed)


def a_rule(rule: object) -> None:
    """Refuse what is no replication rule."""
    remedy = "write it as in rule=replication.rules[destination.id], or ReplicationRule(source, destination, id)"
    offers("rule", rule, ("metric_latency", "metric_failed_operations"), "a ReplicationRule", remedy)
