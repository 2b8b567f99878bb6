"""The outputs of stacks, which commands and people read, and the topics whose ARNs are among them."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from s3_failover.config import Site
from s3_failover.names.stacks import Output
from s3_failover_constructs import AlarmTopics


def output(scope: Construct, key: Output, value: str, description: str) -> None:
    """Define an output of a stack."""
    CfnOutput(scope, key.value, value=value, description=description)


def alarm_topics(stack: Stack, site: Site, where: str) -> AlarmTopics:
    """Define the topics of a stack's alarms, and outputs with their ARNs.

    Args:
        stack: where the alarms are.
        site: the site.
        where: what e-mails say after the hostname, as in `edge`.
    """
    topics = AlarmTopics(
        stack,
        "Topics",
        title=site.naming.title(where),
        warning_emails=site.alarms.warning_emails,
        critical_emails=site.alarms.critical_emails,
    )
    output(stack, Output.WARNING_TOPIC_ARN, topics.warning.topic_arn, "Where warnings go")
    output(stack, Output.CRITICAL_TOPIC_ARN, topics.critical.topic_arn, "Where critical alarms go")
    return topics
