"""What S3 says about single objects that it could not replicate."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from s3_failover_constructs.arguments import flag, instance
from s3_failover_constructs.bucket_arns import arn_without_reference
from s3_failover_constructs.bucket_notifications import notify
from s3_failover_constructs.nag import acknowledge
from s3_failover_constructs.places import beside, region_known

FAILED = "s3:Replication:OperationFailedReplication"
"""An object was not copied and will not be tried again; needs the rule's metrics (S3 User Guide, replication-metrics).
"""

ALL = "s3:Replication:*"
"""With Replication Time Control also: late, arrived late, no longer tracked."""


class ReplicationEvents(Construct):
    """Defines a queue that S3 tells about every object of a bucket that it could not copy.

    `ReplicationFailureAlarm` counts failures; a message in `queue` names one object, the destination and the reason. A
    consumer of your own may read them; unread ones are kept for 14 days, the longest that SQS allows (SQS Developer
    Guide, sqs-quotas). The first message is a test that S3 sends.

    A queue and no topic: S3 sends one message for each object, and SNS suspends an e-mail subscription that gets more
    than 10 messages a second (SNS Developer Guide, sns-email-notifications), which would silence alarms.

    The bucket's whole notification configuration is written here: it can have no other notifications.

    Attributes:
        queue: what S3 tells.

    Args:
        bucket: the source.
        replication_time_control: whether the bucket's rules have Replication Time Control, whose events come too; false
            by default.

    Raises:
        ValueError: the bucket has notifications, or is in another region.

    Leaves to you:
        a consumer of the queue.
    """

    def __init__(self, scope: Construct, id: str, *, bucket: s3.Bucket, replication_time_control: bool = False) -> None:
        super().__init__(scope, id)
        instance("bucket", bucket, s3.Bucket)
        flag("replication_time_control", replication_time_control)
        region_known(self, "bucket", bucket)
        beside(self, "bucket", bucket.env.region)
        self.queue = self._queue()
        self._admit(arn_without_reference(bucket))
        notify(bucket, [ALL if replication_time_control else FAILED], self.queue)
        # S3 tries the queue when the notification is put.
        bucket.node.add_dependency(self.queue.node.find_child("Policy"))

    def _queue(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.DESTROY,
        )
        reason = (
            "nothing here consumes the queue, so no message can fail in processing and need a dead-letter queue; each "
            "is a notice that people or a consumer of their own read within the 14 days, and the alarm counts it anyway"
        )
        acknowledge(queue, {"AwsSolutions-SQS3": reason})
        return queue

    def _admit(self, bucket_arn: str) -> None:
        """Let S3 send messages for this bucket of this account, and for no other."""
        statement = {
            "Sid": "BucketTellsWhatItCouldNotCopy",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.queue.queue_arn,
            "Condition": {
                "ArnEquals": {"aws:SourceArn": bucket_arn},
                "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
            },
        }
        self.queue.add_to_resource_policy(iam.PolicyStatement.from_json(statement))
