"""The topics of alarms: one for warnings, one for what pages an operator."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.alarm_notifications import AlarmActions
from s3_failover_constructs.arguments import TOPIC, implements, items, text, texts

MAILED = {"$or": [{"NewStateValue": ["ALARM"]}, {"OldStateValue": ["ALARM"]}, {"S3FailoverTest": [{"exists": True}]}]}
"""What is mailed of the messages of CloudWatch: an alarm goes off, or is over. An alarm that is new becomes OK without
ever having gone off, and says so to every other subscriber (SNS Developer Guide, sns-message-filtering; the third kind
is the test of `s3-failover doctor --fire-test`)."""


class AlarmTopics(Construct):
    """Defines a warning and a critical topic, encrypted and TLS-only, for the CloudWatch alarms of the stack's region.

    They are for alarms alone: events of single objects belong in a queue (`ReplicationEvents`), because a flood of
    messages makes SNS suspend the e-mail subscriptions that alarms need.

    Both need what is easily missed: the default key `aws/sns` does not let CloudWatch publish (CloudWatch User Guide,
    AlarmThatSendsEmail), hence a key of our own; and a topic policy that requires TLS replaces the default policy that
    admitted alarms, hence a statement that admits them.

    E-mail addresses and endpoints get a message when an alarm goes off and when it is over, none when a new one is OK;
    other subscribers get all. An endpoint gets the message in SNS's envelope, by which it also confirms.

    Attributes:
        warning: the topic of warnings.
        critical: the topic of what pages an operator.
        key: what both are encrypted with.

    Args:
        display_name: what subscribers see in the sender's name, followed by the severity; at most 91 characters.
        warning_emails: addresses that confirm a subscription to warnings; none by default.
        critical_emails: addresses that confirm a subscription to critical alarms; none by default.
        warning_endpoints: HTTPS addresses that confirm a subscription to warnings; none by default.
        critical_endpoints: HTTPS addresses that confirm a subscription to critical alarms, such as PagerDuty's
            `https://events.pagerduty.com/integration/KEY/enqueue`; none by default.
        warning_topics: existing topics of this region that warnings notify too; none by default.
        critical_topics: existing topics of this region that critical alarms notify too; none by default.

    Raises:
        TypeError: an existing topic is no topic.
        ValueError: the name is too long, or an address is not valid, or listed twice.

    Leaves to you:
        the confirmation of each e-mail subscription; other subscribers, as in `topics.critical.add_subscription(...)`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        display_name: str,
        warning_emails: Sequence[str] = (),
        critical_emails: Sequence[str] = (),
        warning_endpoints: Sequence[str] = (),
        critical_endpoints: Sequence[str] = (),
        warning_topics: Sequence[sns.ITopic] = (),
        critical_topics: Sequence[sns.ITopic] = (),
    ) -> None:
        super().__init__(scope, id)
        text("display_name", display_name, values.title)
        texts("warning_emails", warning_emails, values.emails, counted=True)
        texts("critical_emails", critical_emails, values.emails, counted=True)
        texts("warning_endpoints", warning_endpoints, values.webhooks, counted=True)
        texts("critical_endpoints", critical_endpoints, values.webhooks, counted=True)
        _topics("warning_topics", warning_topics)
        _topics("critical_topics", critical_topics)
        self.key = self._key()
        self.warning = self._topic("Warning", f"{display_name} warning", warning_emails, warning_endpoints)
        self.critical = self._topic("Critical", f"{display_name} critical", critical_emails, critical_endpoints)
        self._actions = AlarmActions(
            warning=[self.warning, *warning_topics], critical=[self.critical, *critical_topics]
        )

    def warn(self, alarm: cloudwatch.AlarmBase) -> None:
        """Tell the warning topic when the alarm goes off and when it is over."""
        self._actions.warn(alarm)

    def alert(self, alarm: cloudwatch.AlarmBase) -> None:
        """Tell the critical topic when the alarm goes off and when it is over."""
        self._actions.alert(alarm)

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
        self._admit_alarms(key, ["kms:Decrypt", "kms:GenerateDataKey*"], "*")
        return key

    def _topic(self, construct_id: str, title: str, emails: Sequence[str], endpoints: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(self, construct_id, display_name=title, master_key=self.key, enforce_ssl=True)
        self._admit_alarms(topic, ["sns:Publish"], topic.topic_arn)
        for email in emails:
            self._subscribe(topic, subscriptions.EmailSubscription(email))
        for endpoint in endpoints:
            self._subscribe(topic, subscriptions.UrlSubscription(endpoint, protocol=sns.SubscriptionProtocol.HTTPS))
        return topic

    def _subscribe(self, topic: sns.Topic, recipient: sns.ITopicSubscription) -> None:
        subscription = topic.add_subscription(recipient).node.default_child
        assert isinstance(subscription, sns.CfnSubscription)
        # The L2 has no operator that looks at one of several attributes.
        subscription.filter_policy_scope = "MessageBody"
        subscription.filter_policy = MAILED

    def _admit_alarms(self, target: kms.Key | sns.Topic, actions: Sequence[str], resource: str) -> None:
        stack = Stack.of(self)
        target.add_to_resource_policy(
            iam.PolicyStatement.from_json(
                {
                    "Sid": "AlarmsPublish",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": actions,
                    "Resource": resource,
                    "Condition": {
                        "ArnLike": {"aws:SourceArn": stack.format_arn(service="cloudwatch", resource="alarm:*")},
                        "StringEquals": {"aws:SourceAccount": stack.account},
                    },
                }
            )
        )


def _topics(argument: str, values: Sequence[sns.ITopic]) -> None:
    items(argument, values)
    for each in values:
        implements(argument, each, TOPIC)
