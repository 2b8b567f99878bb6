"""Where alarms go: one topic for warnings, one for what must wake somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IDependable

MAILED = {"$or": [{"NewStateValue": ["ALARM"]}, {"OldStateValue": ["ALARM"]}, {"S3FailoverTest": [{"exists": True}]}]}
"""What is mailed of the messages of CloudWatch: an alarm goes off, or is over. An alarm that is new becomes OK without
ever having gone off, and says so to every other subscriber (SNS Developer Guide, sns-message-filtering; the third kind
is the test of `s3-failover doctor --fire-test`)."""


@dataclass(frozen=True)
class _Publisher:
    sid: str
    service: str
    condition: Mapping[str, Any]


class AlarmTopics(Construct):
    """Defines a warning and a critical topic, encrypted and TLS-only, for the CloudWatch alarms of the stack's region.

    Both need what is easily missed: the default key `aws/sns` does not let CloudWatch publish (CloudWatch User Guide,
    AlarmThatSendsEmail), hence a key of our own; and a topic policy that requires TLS replaces the default policy that
    admitted alarms, hence a statement that admits them.

    E-mails tell when an alarm goes off and when it is over, and not that a new one is OK; other subscribers get all.

    Args:
        title: what subscribers see in the sender's name, followed by the severity; at most 80 characters.
        warning_emails: addresses that confirm a subscription to warnings; none by default.
        critical_emails: addresses that confirm a subscription to critical alarms; none by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        title: str,
        warning_emails: Sequence[str] = (),
        critical_emails: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        condition = {
            "ArnLike": {"aws:SourceArn": stack.format_arn(service="cloudwatch", resource="alarm:*")},
            "StringEquals": {"aws:SourceAccount": stack.account},
        }
        self._alarms = _Publisher("AlarmsPublish", "cloudwatch.amazonaws.com", condition)
        self.key = self._key()
        self.warning = self._topic("Warning", f"{title} warning", warning_emails)
        self.critical = self._topic("Critical", f"{title} critical", critical_emails)
        self._warn = actions.SnsAction(self.warning)
        self._alert = actions.SnsAction(self.critical)

    def warn(self, alarm: cloudwatch.AlarmBase) -> None:
        """Tell the warning topic when the alarm goes off and when it is over."""
        alarm.add_alarm_action(self._warn)
        alarm.add_ok_action(self._warn)

    def alert(self, alarm: cloudwatch.AlarmBase) -> None:
        """Tell the critical topic when the alarm goes off and when it is over."""
        alarm.add_alarm_action(self._alert)
        alarm.add_ok_action(self._alert)

    def admit_events(self, bucket_arn: str) -> IDependable:
        """Let S3 publish a bucket's events to the warning topic; return what the notification must wait for.

        S3 tries the topic when the notification is put, so the topic's policy must be there, and S3 must be allowed to
        use the key (SNS Developer Guide, sns-key-management).

        Args:
            bucket_arn: the bucket, in the topics' region and account; not a reference to a bucket that waits for this.
        """
        source = {
            "ArnLike": {"aws:SourceArn": bucket_arn},
            "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
        }
        events = _Publisher("BucketEventsPublish", "s3.amazonaws.com", source)
        self._admit(events, self.key, ["kms:Decrypt", "kms:GenerateDataKey*"], "*")
        self._admit(events, self.warning, ["sns:Publish"], self.warning.topic_arn)
        return self.warning.node.find_child("Policy")

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Encrypts alarm notifications",
            enable_key_rotation=True,
            # Messages in flight only: nothing is lost with the key.
            removal_policy=RemovalPolicy.DESTROY,
            pending_window=Duration.days(7),
        )
        self._admit(self._alarms, key, ["kms:Decrypt", "kms:GenerateDataKey*"], "*")
        return key

    def _topic(self, construct_id: str, title: str, emails: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(self, construct_id, display_name=title, master_key=self.key, enforce_ssl=True)
        self._admit(self._alarms, topic, ["sns:Publish"], topic.topic_arn)
        for email in emails:
            self._mail(topic, email)
        return topic

    def _mail(self, topic: sns.Topic, email: str) -> None:
        subscription = topic.add_subscription(subscriptions.EmailSubscription(email)).node.default_child
        assert isinstance(subscription, sns.CfnSubscription)
        # The L2 has no operator that looks at one of several attributes.
        subscription.filter_policy_scope = "MessageBody"
        subscription.filter_policy = MAILED

    def _admit(self, publisher: _Publisher, target: kms.Key | sns.Topic, actions: Sequence[str], resource: str) -> None:
        target.add_to_resource_policy(
            iam.PolicyStatement.from_json(
                {
                    "Sid": publisher.sid,
                    "Effect": "Allow",
                    "Principal": {"Service": publisher.service},
                    "Action": actions,
                    "Resource": resource,
                    "Condition": publisher.condition,
                }
            )
        )
