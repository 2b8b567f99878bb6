"""SNS: the topics that ministack keeps, and what it asks when services publish."""

from collections.abc import Callable
from typing import Any

from ministack.services import sns

from .hooks import replace

Topic = dict[str, Any]
"""A topic, live: `name`, `attributes` and the list of `subscriptions`."""


def topics() -> list[Topic]:
    """Return the topics of the present account and region."""
    return list(sns._topics.values())


def topic_here(arn: str) -> Topic | None:
    """Return the topic with an ARN in the present account and region."""
    return sns._topics.get(arn)


def topic_of(arn: str) -> Topic | None:
    """Return the topic with an ARN, of any account and region."""
    return sns._topics.get_scoped(*reversed(arn.split(":")[3:5]), arn) if arn.count(":") >= 5 else None


def let_services_publish_by(may_publish: Callable[[str, str, str, str], bool]) -> None:
    """Have a function tell whether a service may publish: topic, service principal, source, the source's account."""
    replace(sns, "topic_policy_allows", may_publish)
