"""Alarms on replication by events; they belong in the region of its queues."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from s3_failover.names import alarm_texts, alarms
from s3_failover.names.runbook import Runbook
from s3_failover_constructs.alarm_names import a_runbook, alarm_name
from s3_failover_constructs.alarm_notifications import Notifications, notified
from s3_failover_constructs.arguments import QUEUE, duration, implements, integer, optional_text
from s3_failover_constructs.places import beside


class EventReplicationAlarms(Construct):
    """Defines warnings when copies fall behind or are given up; belongs in the source's region.

    An idle queue publishes nothing after six hours (SQS Developer Guide, sqs-available-cloudwatch-metrics): missing
    data is good. A message that failed three times no longer counts for the age of the oldest: it is on its way to the
    dead letters, which have an alarm of their own.

    Attributes:
        dead_letters: a change was given up.
        latency: the oldest change waits too long.
        pending: too many changes wait.

    Args:
        name: what alarm names start with, before a slash, as in `assets.example.com`; by default they are generated.
        queue: the queue of changes that wait, as in `EventReplication.queue`.
        dead_letters: the queue of changes that were given up, as in `EventReplication.dead_letters`.
        notifications: what the warnings tell or do; nothing by default.
        latency: how old a change may become before it is copied; 15 minutes by default.
        pending_operations: how many changes may wait for 15 minutes; 1,000 by default.
        runbook: whose command and section the descriptions name; by default they name none.

    Raises:
        ValueError: a queue is in another region; a number is out of range; the name is too long for an alarm's.

    Leaves to you:
        recipients: without `notifications` an alarm only changes its state.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        queue: sqs.IQueue,
        dead_letters: sqs.IQueue,
        notifications: Notifications | None = None,
        latency: Duration | None = None,
        pending_operations: int = 1000,
        runbook: Runbook | None = None,
    ) -> None:
        super().__init__(scope, id)
        implements("queue", queue, QUEUE)
        implements("dead_letters", dead_letters, QUEUE)
        told = notified(notifications)
        a_runbook(runbook)
        optional_text("name", name)
        duration("latency", latency, "seconds", 60, 86400)
        integer("pending_operations", pending_operations, 1)
        for argument, each in (("queue", queue), ("dead_letters", dead_letters)):
            beside(self, argument, each.env.region, "move the construct")
        late = latency or Duration.minutes(15)
        minute, most = Duration.minutes(1), cloudwatch.Stats.MAXIMUM
        self.dead_letters = self._above(
            "DeadLetters",
            alarm_name(name, alarms.REPLICATION_DEAD_LETTERS),
            alarm_texts.DEAD_LETTERS.said(runbook),
            dead_letters.metric_approximate_number_of_messages_visible(period=minute, statistic=most),
            threshold=0,
            minutes=1,
        )
        self.latency = self._above(
            "Latency",
            alarm_name(name, alarms.REPLICATION_LATENCY),
            alarm_texts.EVENTS_LATENCY.said(runbook, late=late.to_human_string()),
            queue.metric_approximate_age_of_oldest_message(period=minute, statistic=most),
            threshold=late.to_seconds(),
            minutes=5,
            of_them=3,
        )
        self.pending = self._above(
            "Pending",
            alarm_name(name, alarms.REPLICATION_PENDING),
            alarm_texts.EVENTS_PENDING.said(runbook),
            queue.metric_approximate_number_of_messages_visible(period=minute, statistic=most),
            threshold=pending_operations,
            minutes=15,
        )
        for alarm in (self.dead_letters, self.latency, self.pending):
            told.warn(alarm)

    def _above(
        self,
        construct_id: str,
        alarm_name: str | None,
        description: str,
        metric: cloudwatch.Metric,
        *,
        threshold: float,
        minutes: int,
        of_them: int | None = None,
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=alarm_name,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=minutes,
            datapoints_to_alarm=of_them,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
