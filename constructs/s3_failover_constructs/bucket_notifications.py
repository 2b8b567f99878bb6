"""The notification configuration of a bucket, of which there is one."""

from collections.abc import Sequence

import jsii
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import IValidation


def notify(bucket: s3.Bucket, events: Sequence[str], queue: sqs.Queue) -> s3.CfnBucket:
    """Have S3 tell a queue about events of a bucket, and return the bucket as CloudFormation has it.

    The L2 would write the notifications with a custom resource, which replaces whatever stands in the template.

    Raises:
        ValueError: the bucket has notifications, or a custom resource that would replace these.
    """
    cfn_bucket = bucket.node.default_child
    assert isinstance(cfn_bucket, s3.CfnBucket)
    others = _others(bucket)
    if cfn_bucket.notification_configuration is not None or others:
        raise ValueError(_refusal(bucket))
    bucket.node.add_validation(_NoOthers(bucket))
    cfn_bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(event=event, queue=queue.queue_arn) for event in events
        ]
    )
    return cfn_bucket


def _others(bucket: s3.Bucket) -> bool:
    """Return whether a bucket has the custom resource that the L2 makes for its notifications."""
    return bucket.node.try_find_child("Notifications") is not None


def _refusal(bucket: s3.Bucket) -> str:
    got = f"got {bucket.node.path} with other notifications, expected none"
    return f"bucket: {got}; a bucket has one configuration of them: send this queue's messages on from a consumer"


@jsii.implements(IValidation)
class _NoOthers:
    """Looks at synthesis whether notifications were added later, which would replace those in the template."""

    def __init__(self, bucket: s3.Bucket) -> None:
        self._bucket = bucket

    def validate(self) -> list[str]:
        return [_refusal(self._bucket)] if _others(self._bucket) else []
