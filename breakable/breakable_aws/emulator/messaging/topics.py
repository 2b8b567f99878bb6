"""AWS::SNS::Topic, TopicPolicy and Subscription: the attributes that ministack drops, and SNS's refusals."""

from typing import Any

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import kms, sns
from breakable_aws.emulator.cloudformation.resource_types import (
    Properties,
    Resource,
    check_before,
    complete_after,
    refuse_existing,
)

TOPIC = "AWS::SNS::Topic"
SUBSCRIPTION = "AWS::SNS::Subscription"
POLICY = "AWS::SNS::TopicPolicy"


def install() -> None:
    """Encrypt topics as templates ask, and refuse references to resources that do not exist."""
    refuse_existing(TOPIC, "TopicName", lambda name: any(topic["name"] == name for topic in sns.topics()))
    check_before(TOPIC, _with_key)
    complete_after(TOPIC, _complete)
    check_before(SUBSCRIPTION, lambda new, _: _with_topics(new, new["TopicArn"]))
    complete_after(SUBSCRIPTION, _await_new_confirmation)
    check_before(POLICY, lambda new, _: _with_topics(new, *new["Topics"]))


def _complete(resource: Resource, properties: Properties, *_: Any) -> None:
    topic = sns.topic_here(resource[0])
    assert topic is not None
    attributes = topic["attributes"]
    attributes["DisplayName"] = properties.get("DisplayName", "")
    attributes.pop("KmsMasterKeyId", None)
    if properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = properties["KmsMasterKeyId"]
    for subscription in topic["subscriptions"]:
        _await_confirmation(subscription["arn"], resource[0])


def _with_key(properties: Properties, _physical: str | None) -> Properties:
    key = properties.get("KmsMasterKeyId")
    if key and not key.startswith("alias/aws/") and not kms.key_of(key):
        raise RefusedError(f"KMSNotFoundException: the key does not exist in this region: {key}")
    return properties


def _with_topics(properties: Properties, *arns: str) -> Properties:
    for arn in arns:
        if sns.topic_here(arn) is None:
            raise RefusedError(f"NotFound: the topic does not exist: {arn}")
    return properties


def _await_new_confirmation(resource: Resource, properties: Properties, physical: str, _old: Properties) -> None:
    if resource[0] != physical:
        _await_confirmation(resource[0], properties["TopicArn"])


def _await_confirmation(arn: str, topic: str) -> None:
    """Leave an e-mail subscription pending: only the reader of the mailbox can confirm it.

    AWS: `https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html`.
    """
    for subscription in (sns.topic_here(topic) or {}).get("subscriptions", ()):
        if subscription["arn"] == arn and subscription["protocol"] in ("email", "email-json"):
            subscription["confirmed"] = False
            subscription["attributes"]["PendingConfirmation"] = "true"
