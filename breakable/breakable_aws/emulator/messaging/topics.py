"""AWS::SNS::Topic, TopicPolicy and Subscription: the attributes that ministack drops, and SNS's refusals."""

from __future__ import annotations

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import kms, sns
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original, refuse_existing

TOPIC = "AWS::SNS::Topic"
SUBSCRIPTION = "AWS::SNS::Subscription"
POLICY = "AWS::SNS::TopicPolicy"


def install() -> None:
    """Make topics encrypted where they should be, and refuse what points at nothing."""
    refuse_existing(TOPIC, "TopicName", lambda name: any(topic["name"] == name for topic in sns.topics()))
    create, update, delete = original(TOPIC)

    def create_whole(logical: str, properties: Properties, stack: str) -> Resource:
        _check_key(properties)
        return _completed(create(logical, properties, stack), properties)

    def update_whole(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        _check_key(new)
        return _completed(update(physical, old, new, stack, logical), new)

    add(TOPIC, create=create_whole, update=update_whole, delete=delete)
    _check_subscriptions()
    _check_policies()


def _completed(resource: Resource, properties: Properties) -> Resource:
    topic = sns.topic_here(resource[0])
    assert topic is not None
    attributes = topic["attributes"]
    attributes["DisplayName"] = properties.get("DisplayName", "")
    attributes.pop("KmsMasterKeyId", None)
    if properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = properties["KmsMasterKeyId"]
    for subscription in topic["subscriptions"]:
        _await_confirmation(subscription["arn"], resource[0])
    return resource


def _check_key(properties: Properties) -> None:
    key = properties.get("KmsMasterKeyId")
    if key and not key.startswith("alias/aws/") and not kms.key_of(key):
        raise RefusedError(f"KMSNotFoundException: the key does not exist in this region: {key}")


def _check_subscriptions() -> None:
    create, update, delete = original(SUBSCRIPTION)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        _require_topic(properties["TopicArn"])
        resource = create(logical, properties, stack)
        _await_confirmation(resource[0], properties["TopicArn"])
        return resource

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        _require_topic(new["TopicArn"])
        resource = update(physical, old, new, stack, logical)
        if resource[0] != physical:
            _await_confirmation(resource[0], new["TopicArn"])
        return resource

    add(SUBSCRIPTION, create=create_checked, update=update_checked, delete=delete)


def _check_policies() -> None:
    create, update, delete = original(POLICY)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        for topic in properties["Topics"]:
            _require_topic(topic)
        return create(logical, properties, stack)

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        for topic in new["Topics"]:
            _require_topic(topic)
        return update(physical, old, new, stack, logical)

    add(POLICY, create=create_checked, update=update_checked, delete=delete)


def _require_topic(arn: str) -> None:
    if sns.topic_here(arn) is None:
        raise RefusedError(f"NotFound: the topic does not exist: {arn}")


def _await_confirmation(arn: str, topic: str) -> None:
    """Leave an e-mail subscription pending: only the reader of the mailbox can confirm it.

    AWS: `https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html`.
    """
    for subscription in (sns.topic_here(topic) or {}).get("subscriptions", ()):
        if subscription["arn"] == arn and subscription["protocol"] in ("email", "email-json"):
            subscription["confirmed"] = False
            subscription["attributes"]["PendingConfirmation"] = "true"
