"""What S3 says about single objects that it could not replicate."""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs.alarm_topics import AlarmTopics
from s3_failover_constructs.bucket_arns import arn_by_name

FAILED = "s3:Replication:OperationFailedReplication"
"""An object was not copied and will not be tried again; needs the rule's metrics (S3 User Guide, replication-metrics).
"""

ALL = "s3:Replication:*"
"""With Replication Time Control also: late, arrived late, no longer tracked."""


class ReplicationEvents(Construct):
    """Defines the notifications of a bucket about what it could not copy, to the warning topic of its region.

    `ReplicationFailureAlarm` counts failures; these messages name the object and the reason, one message for each.

    Args:
        bucket: the source, with a fixed name.
        topics: where the messages go.
        time_control: whether the bucket's rules have Replication Time Control, whose events come too; false by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: s3.Bucket,
        topics: AlarmTopics | None = None,
        time_control: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        topics = topics or AlarmTopics(self, "Own", title="x")
        admitted = topics.admit_events(arn_by_name(bucket))
        cfn_bucket = bucket.node.default_child
        assert isinstance(cfn_bucket, s3.CfnBucket)
        # The L2 would write the notification with a custom resource.
        cfn_bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            topic_configurations=[
                s3.CfnBucket.TopicConfigurationProperty(
                    event=ALL if time_control else FAILED, topic=topics.warning.topic_arn
                )
            ]
        )
        bucket.node.add_dependency(admitted)
