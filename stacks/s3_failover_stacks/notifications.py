"""The actions of a site's alarms: each stack makes topics, or the app chooses the actions."""

from collections.abc import Callable, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_sns as sns

from s3_failover.config import Site
from s3_failover.names.stacks import Output
from s3_failover_constructs import AlarmActions, AlarmTopics, Notifications
from s3_failover_stacks.outputs import output

SiteNotifications = Mapping[str, Notifications] | Callable[[Stack], Notifications | None]
"""The actions of a site's alarms by region, or a function that returns those of a stack."""


def check(value: object, site: Site) -> None:
    """Refuse a value that is neither a mapping nor a function, and e-mail addresses, which need topics of the site.

    Raises:
        TypeError: it is another type.
        ValueError: the site also has recipients of alarms.
    """
    if value is None:
        return
    if recipients := site.alarms.recipients:
        got, expected = f"addresses beside it: {', '.join(recipients)}", "none, as the site makes no topics then"
        raise ValueError(f"notifications: got {got}, expected {expected}; subscribe them to your topics")
    if not (isinstance(value, Mapping) or callable(value)):
        expected = "a mapping of regions or a function of a stack"
        remedy = 'write it as in notifications={"us-east-1": AlarmActions(critical=[topic])}'
        raise TypeError(f"notifications: got {value!r}, expected {expected}; {remedy}")


def notifications(stack: Stack, site: Site, where: str, chosen: SiteNotifications | None) -> Notifications:
    """Return what attaches actions to the alarms of a stack; by default, topics that the stack makes.

    Args:
        stack: where the alarms are.
        site: the site.
        where: the part of the title of topics after the hostname, as in `edge`.
        chosen: the app's actions, in place of topics.

    Raises:
        ValueError: the app has no actions for the stack's region.
    """
    if chosen is None:
        return _topics(stack, site, where)
    if isinstance(chosen, Mapping):
        return _by_region(stack, chosen)
    return chosen(stack) or AlarmActions()


def _by_region(stack: Stack, chosen: Mapping[str, Notifications]) -> Notifications:
    if stack.region not in chosen:
        got = f"got {', '.join(chosen) or 'no region'}, expected {stack.region} among them"
        remedy = "add it, with AlarmActions() if these are to do nothing"
        raise ValueError(f"notifications: {got}, where {stack.node.path} has alarms; {remedy}")
    return chosen[stack.region]


def _topics(stack: Stack, site: Site, where: str) -> AlarmTopics:
    """Define the topics of a stack's alarms, and outputs with their ARNs."""
    topics = AlarmTopics(
        stack,
        "Topics",
        display_name=site.naming.title(where),
        warning_emails=site.alarms.warning_emails,
        critical_emails=site.alarms.critical_emails,
        warning_endpoints=site.alarms.warning_endpoints,
        critical_endpoints=site.alarms.critical_endpoints,
        warning_topics=_existing(stack, "WarningTopic", site.alarms.warning_topics),
        critical_topics=_existing(stack, "CriticalTopic", site.alarms.critical_topics),
    )
    output(stack, Output.WARNING_TOPIC_ARN, topics.warning.topic_arn, "Where warnings go")
    output(stack, Output.CRITICAL_TOPIC_ARN, topics.critical.topic_arn, "Where critical alarms go")
    return topics


def _existing(stack: Stack, construct_id: str, arns: Sequence[str]) -> list[sns.ITopic]:
    """Return those of the topics that are in the stack's region: an alarm notifies no other."""
    here = [arn for arn in arns if arn.split(":")[3] == stack.region]
    return [sns.Topic.from_topic_arn(stack, f"{construct_id}-{index}", arn) for index, arn in enumerate(here)]
