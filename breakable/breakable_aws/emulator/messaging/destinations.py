"""Decides whether an AWS service may write to a queue or a topic: by its policy, and by that of a topic's KMS key.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html` and
`https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html`.
"""

from breakable_aws.emulator.base.sns import let_services_publish_by, topic_of
from breakable_aws.emulator.base.sqs import let_services_send_by, queue_of
from breakable_aws.emulator.iam.service_access import ServiceCaller
from breakable_aws.emulator.s3 import key_access


def install() -> None:
    """Apply these decisions to S3's notifications: ministack lets every service publish and send."""
    let_services_publish_by(may_publish)
    let_services_send_by(may_send)


def may_send(queue: str, service: str, source: str, account: str) -> bool:
    """Tell whether a service may send messages to a queue on behalf of a resource; services other than S3 may.

    `source` is the ARN of the resource whose event it is, `account` the owner of that resource.
    """
    if service != "s3.amazonaws.com":
        return True
    record = queue_of(queue)
    if record is None:
        return False
    caller = ServiceCaller(service, source, account, region=queue.split(":")[3])
    return caller.is_allowed(record["attributes"].get("Policy"), "sqs:SendMessage", queue)


def may_publish(topic: str, service: str, source: str, account: str) -> bool:
    """Tell whether a service may publish to a topic, and use its key, for a resource; arguments as for `may_send`."""
    record = topic_of(topic)
    if record is None:
        return False
    region, owner = topic.split(":")[3:5]
    caller = ServiceCaller(service, source, account, region)
    attributes = record["attributes"]
    if not caller.is_allowed(attributes.get("Policy"), "sns:Publish", topic):
        return False
    if not attributes.get("KmsMasterKeyId"):
        return True
    # No policy can let a service use the account's own `alias/aws/sns`, and this lookup finds no such key.
    key = key_access.find(attributes["KmsMasterKeyId"], region=region, account=owner)
    return key is not None and all(
        caller.is_allowed(key["Policy"], action, key["Arn"]) for action in ("kms:Decrypt", "kms:GenerateDataKey")
    )
