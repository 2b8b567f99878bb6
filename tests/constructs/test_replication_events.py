import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sqs as sqs
from cdk_templates import new_stack, properties, resource, statements, text

from s3_failover_constructs import ContentBucket, ReplicationEvents


def watched(**options):
    stack = new_stack()
    bucket = ContentBucket(stack, "Source", bucket_name="source").bucket
    ReplicationEvents(stack, "Events", bucket=bucket, **options)
    return stack


def configuration(stack):
    notifications = properties(stack, "AWS::S3::Bucket")["NotificationConfiguration"]
    (only,) = notifications.pop("QueueConfigurations")
    assert notifications == {}
    return only


def test_failures_reach_a_queue_and_no_topic_that_alarms_need():
    only = configuration(watched())
    assert only["Event"] == "s3:Replication:OperationFailedReplication"
    assert text(only["Queue"]).startswith("<EventsQueue")


def test_with_time_control_late_objects_are_told_too():
    assert configuration(watched(replication_time_control=True))["Event"] == "s3:Replication:*"


def test_queue_is_encrypted_and_keeps_messages_as_long_as_sqs_can():
    queue = properties(watched(), "AWS::SQS::Queue")
    assert queue == {"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": True}


def test_queue_admits_s3_for_this_bucket_of_this_account_only():
    admission = statements(watched(), "AWS::SQS::QueuePolicy")["BucketTellsWhatItCouldNotCopy"]
    assert admission["Principal"] == {"Service": "s3.amazonaws.com"}
    assert admission["Action"] == "sqs:SendMessage"
    assert text(admission["Condition"]["ArnEquals"]["aws:SourceArn"]) == "arn:aws:s3:::source"
    assert text(admission["Condition"]["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"


def test_queue_refuses_requests_without_tls():
    (denial,) = [s for s in statements(watched(), "AWS::SQS::QueuePolicy").values() if s["Effect"] == "Deny"]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_bucket_waits_for_the_queue_s_policy_because_s3_tries_the_queue_at_once():
    waits = resource(watched(), "AWS::S3::Bucket")["DependsOn"]
    assert any(name.startswith("EventsQueuePolicy") for name in waits)


def test_a_bucket_whose_name_cloudformation_makes_is_admitted_with_those_of_its_account():
    stack = new_stack()
    ReplicationEvents(stack, "Events", bucket=s3.Bucket(stack, "Source"))
    condition = statements(stack, "AWS::SQS::QueuePolicy")["BucketTellsWhatItCouldNotCopy"]["Condition"]
    assert text(condition["ArnEquals"]["aws:SourceArn"]) == "arn:aws:s3:::*"
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def notified():
    stack = new_stack()
    bucket = ContentBucket(stack, "Source", bucket_name="source").bucket
    return stack, bucket, notifications.SqsDestination(sqs.Queue(stack, "Other"))


def test_a_bucket_that_has_notifications_is_refused_because_it_can_have_no_others():
    stack, bucket, other = notified()
    bucket.add_object_created_notification(other)
    with pytest.raises(ValueError, match=r"^bucket: got Test/Source/Bucket with other notifications, expected none; "):
        ReplicationEvents(stack, "Events", bucket=bucket)


def test_a_second_queue_for_a_bucket_is_refused():
    stack, bucket, _ = notified()
    ReplicationEvents(stack, "Events", bucket=bucket)
    with pytest.raises(ValueError, match=r"^bucket: got Test/Source/Bucket with other notifications, expected none; "):
        ReplicationEvents(stack, "Again", bucket=bucket)


def test_notifications_that_are_added_later_are_refused_at_synthesis():
    stack, bucket, other = notified()
    ReplicationEvents(stack, "Events", bucket=bucket)
    bucket.add_object_created_notification(other)
    with pytest.raises(RuntimeError, match=r"bucket: got Test/Source/Bucket with other notifications, expected none; "):
        stack.node.root.synth()
