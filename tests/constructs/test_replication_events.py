import pytest
from cdk_templates import new_stack, properties, resource, resources, statements, text

from s3_failover_constructs import AlarmTopics, ContentBucket, ReplicationEvents


def watched(**options):
    stack = new_stack()
    bucket = ContentBucket(stack, "Source", bucket_name="source").bucket
    ReplicationEvents(stack, "Events", bucket=bucket, topics=AlarmTopics(stack, "Topics", title="site"), **options)
    return stack


def configuration(stack):
    (only,) = properties(stack, "AWS::S3::Bucket")["NotificationConfiguration"]["TopicConfigurations"]
    return only


def test_failures_reach_the_warning_topic():
    only = configuration(watched())
    assert only["Event"] == "s3:Replication:OperationFailedReplication"
    assert text(only["Topic"]).startswith("<TopicsWarning")


def test_with_time_control_late_objects_are_told_too():
    assert configuration(watched(time_control=True))["Event"] == "s3:Replication:*"


@pytest.mark.parametrize("kind", ["AWS::SNS::TopicPolicy", "AWS::KMS::Key"])
def test_topic_and_key_admit_s3_for_this_bucket_of_this_account_only(kind):
    stack = watched()
    if kind == "AWS::KMS::Key":
        documents = [properties(stack, kind)["KeyPolicy"]["Statement"]]
    else:
        documents = [policy["Properties"]["PolicyDocument"]["Statement"] for policy in resources(stack, kind).values()]
    (admission,) = [s for document in documents for s in document if s.get("Sid") == "BucketEventsPublish"]
    assert admission["Principal"] == {"Service": "s3.amazonaws.com"}
    assert text(admission["Condition"]["ArnLike"]["aws:SourceArn"]) == "arn:aws:s3:::source"
    assert text(admission["Condition"]["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"


def test_key_lets_s3_encrypt_what_it_publishes():
    (admission,) = [
        s for s in properties(watched(), "AWS::KMS::Key")["KeyPolicy"]["Statement"] if s.get("Sid", "").startswith("Bu")
    ]
    assert admission["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_bucket_waits_for_the_topics_policy_because_s3_tries_the_topic_at_once():
    waits = resource(watched(), "AWS::S3::Bucket")["DependsOn"]
    assert any(name.startswith("TopicsWarningPolicy") for name in waits)


def test_critical_topic_stays_closed():
    stack = watched()
    assert (
        sum("BucketEventsPublish" in str(policy) for policy in resources(stack, "AWS::SNS::TopicPolicy").values()) == 1
    )
    assert "BucketEventsPublish" in statements(stack, "AWS::SNS::TopicPolicy")
