"""Where the alarms of a site's stacks go: to topics that each stack makes, or where the site's app says."""

from collections.abc import Callable, Mapping

from aws_cdk import Stack

from s3_failover.config import Site
from s3_failover.names.stacks import Output
from s3_failover_constructs import AlarmActions, AlarmTopics, Notifications
from s3_failover_stacks.outputs import output

SiteNotifications = Mapping[str, Notifications] | Callable[[Stack], Notifications | None]
"""What the alarms of a site do: by region, or a function that is called with each stack that has alarms."""


def check(value: object, site: Site) -> None:
    """Refuse what is neither by region nor a function, and addresses that no topic of the site would write to.

    Raises:
        TypeError: it is another type.
        ValueError: the site has addresses for alarms, too.
    """
    if value is None:
        return
    if emails := (*site.alarms.warning_emails, *site.alarms.critical_emails):
        got, expected = f"addresses beside it: {', '.join(emails)}", "none, as the site makes no topics then"
        raise ValueError(f"notifications: got {got}, expected {expected}; subscribe them to your topics")
    if not (isinstance(value, Mapping) or callable(value)):
        expected = "a mapping of regions or a function of a stack"
        remedy = 'write it as in notifications={"us-east-1": AlarmActions(critical=[topic])}'
        raise TypeError(f"notifications: got {value!r}, expected {expected}; {remedy}")


def notifications(stack: Stack, site: Site, where: str, chosen: SiteNotifications | None) -> Notifications:
    """Return what the alarms of a stack do; by default they tell topics that are made in it.

    Args:
        stack: where the alarms are.
        site: the site.
        where: what e-mails of a topic that is made say after the hostname, as in `edge`.
        chosen: what the app says, in place of topics.

    Raises:
        ValueError: the app says nothing for the stack's region.
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
        title=site.naming.title(where),
        warning_emails=site.alarms.warning_emails,
        critical_emails=site.alarms.critical_emails,
    )
    output(stack, Output.WARNING_TOPIC_ARN, topics.warning.topic_arn, "Where warnings go")
    output(stack, Output.CRITICAL_TOPIC_ARN, topics.critical.topic_arn, "Where critical alarms go")
    return topics
