"""Two buckets with rules to each other, and what S3 says about copies that fail or are late."""

import json
import time

import pytest
from botocore.exceptions import ClientError
from local_internet import break_, heal
from replication_templates import BUCKET_ACTIONS, DESTINATION_ACTIONS, SOURCE_ACTIONS, bucket, role, rule

pytestmark = pytest.mark.embedded

FAR = "eu-west-1"
BOTH_WAYS = {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}}}


@pytest.fixture(scope="module", autouse=True)
def two_way_role(embedded):
    embedded.deploy({"R": role("two-way", *BUCKET_ACTIONS, *SOURCE_ACTIONS, *DESTINATION_ACTIONS)})


def api_rule(destination, *, synced=True):
    written = rule(1, destination, **(BOTH_WAYS if synced else {}))
    return {("ID" if key == "Id" else key): value for key, value in written.items()}


def join(embedded, source, destination, *, synced=True, role_name="two-way"):
    """Put the rule by which one bucket is copied to another."""
    configuration = {
        "Role": f"arn:aws:iam::123456789012:role/{role_name}",
        "Rules": [api_rule(destination, synced=synced)],
    }
    embedded.client("s3").put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)


@pytest.fixture
def pair(embedded, unique):
    """Two buckets in two regions with rules to each other."""
    here, there = unique("here"), unique("there")
    embedded.deploy({"B": bucket(here)})
    embedded.deploy({"B": bucket(there)}, region=FAR)
    join(embedded, here, there)
    join(embedded, there, here)
    return here, there


def tags(s3, bucket_name, key):
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket_name, Key=key)["TagSet"]}


def test_what_is_written_on_either_side_is_on_both_under_one_version(embedded, pair):
    s3 = embedded.client("s3")
    for source, other in (pair, pair[::-1]):
        version = s3.put_object(Bucket=source, Key=f"from-{source}", Body=b"1")["VersionId"]
        assert s3.head_object(Bucket=source, Key=f"from-{source}")["ReplicationStatus"] == "COMPLETED"
        copied = s3.head_object(Bucket=other, Key=f"from-{source}")
        assert (copied["ReplicationStatus"], copied["VersionId"]) == ("REPLICA", version)


def test_a_replica_is_not_handed_on(embedded, pair, unique):
    here, there = pair
    third = unique("third")
    s3 = embedded.client("s3")
    embedded.deploy({"B": bucket(third)}, region="us-west-2")
    join(embedded, there, third)
    s3.put_object(Bucket=here, Key="k", Body=b"1")
    assert s3.head_object(Bucket=there, Key="k")["ReplicationStatus"] == "REPLICA"
    with pytest.raises(ClientError):
        s3.head_object(Bucket=third, Key="k")


def test_tags_that_are_changed_on_a_replica_come_back(embedded, pair):
    here, there = pair
    s3 = embedded.client("s3")
    s3.put_object(Bucket=here, Key="k", Body=b"1")
    s3.put_object_tagging(Bucket=there, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert tags(s3, here, "k") == {"a": "b"}


@pytest.mark.parametrize("unsynced", [0, 1])
def test_tags_of_a_replica_stay_where_one_side_does_not_sync_them(embedded, pair, unsynced):
    s3 = embedded.client("s3")
    here, there = pair
    join(embedded, *(pair if unsynced == 0 else pair[::-1]), synced=False)
    s3.put_object(Bucket=here, Key="k", Body=b"1")
    s3.put_object_tagging(Bucket=there, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert tags(s3, here, "k") == {}


def test_a_delete_on_either_side_deletes_on_both(embedded, pair):
    here, there = pair
    s3 = embedded.client("s3")
    s3.put_object(Bucket=here, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=there, Key="k")["VersionId"]
    assert [m["VersionId"] for m in s3.list_object_versions(Bucket=here, Prefix="k")["DeleteMarkers"]] == [marker]


def test_rules_put_by_the_api_outlive_an_update_of_their_bucket(embedded, unique):
    here, there = unique("here"), unique("there")
    embedded.deploy({"B": bucket(there)}, region=FAR)
    stack = embedded.deploy({"B": bucket(here)})
    join(embedded, here, there)
    embedded.deploy({"B": bucket(here, Tags=[{"Key": "a", "Value": "b"}])}, name=stack)
    found = embedded.client("s3").get_bucket_replication(Bucket=here)["ReplicationConfiguration"]
    assert [each["ID"] for each in found["Rules"]] == ["rule-1"]


# What S3 says about failures

ADMIT = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}}
OWNER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}


def topic(source, *, admits="s3.amazonaws.com", key_admits="s3.amazonaws.com", account="123456789012"):
    """A topic with a key, both for a source's events, and a queue that gets what is published."""
    condition = {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"}}
    publish = {**ADMIT, "Principal": {"Service": admits}, "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}
    encrypt = {**ADMIT, "Principal": {"Service": key_admits}, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"]}
    return {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": statements(OWNER, {**encrypt, "Resource": "*", "Condition": condition})},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        "Policy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [{"Ref": "Topic"}],
                "PolicyDocument": statements({**publish, "Condition": condition}),
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
        },
    }


def statements(*given):
    return {"Version": "2012-10-17", "Statement": list(given)}


def notifying(name, event="s3:Replication:*", **more):
    configuration = {"TopicConfigurations": [{"Event": event, "Topic": {"Ref": "Topic"}}]}
    return bucket(name, NotificationConfiguration=configuration, **more) | {"DependsOn": "Policy"}


QUEUE = {"Queue": {"Value": {"Ref": "Queue"}}}


def events(emulator, queue, *, wanted, seconds=60):
    """Return the records of S3 that arrive in a queue, once there are as many as wanted."""
    sqs, found, end = emulator.client("sqs"), [], time.monotonic() + seconds
    while len(found) < wanted and time.monotonic() < end:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            body = json.loads(message["Body"])
            found += json.loads(body.get("Message", message["Body"])).get("Records", [])
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("wrong", [{"admits": "sns.amazonaws.com"}, {"key_admits": "sns.amazonaws.com"}])
def test_a_topic_that_does_not_admit_s3_or_whose_key_does_not_fails_the_bucket(embedded, unique, wrong):
    name = unique("source")
    reason = embedded.refusal(topic(name, **wrong) | {"B": notifying(name)})
    assert "Unable to validate the following destination configurations" in reason


def test_a_topic_that_admits_another_accounts_buckets_only_fails_the_bucket(embedded, unique):
    name = unique("source")
    assert "Unable to validate" in embedded.refusal(topic(name, account="999999999999") | {"B": notifying(name)})


def test_an_object_that_the_role_may_not_copy_is_told_with_its_key_and_the_reason(embedded, unique):
    source, destination = unique("source"), unique("destination")
    embedded.deploy({"R": role(f"narrow-{source}", *BUCKET_ACTIONS, *SOURCE_ACTIONS)})
    embedded.deploy({"B": bucket(destination)}, region=FAR)
    measured = {"Bucket": f"arn:aws:s3:::{destination}", "Metrics": {"Status": "Enabled"}}
    rules = {
        "Role": f"arn:aws:iam::123456789012:role/narrow-{source}",
        "Rules": [rule(1, destination, Destination=measured)],
    }
    resources = topic(source) | {"B": notifying(source, ReplicationConfiguration=rules)}
    stack = embedded.deploy(resources, outputs=QUEUE)
    version = embedded.client("s3").put_object(Bucket=source, Key="a b.txt", Body=b"1")["VersionId"]
    (record,) = events(embedded, embedded.output(stack, "Queue"), wanted=1)
    assert record["eventName"] == "Replication:OperationFailedReplication"
    assert record["s3"]["object"]["versionId"] == version
    data = record["replicationEventData"]
    assert (data["replicationRuleId"], data["failureReason"]) == ("rule-1", "DstPutObjectNotPermitted")


def told(source, *, admits="s3.amazonaws.com", account="123456789012", secure="false"):
    """A queue, encrypted and closed to plain HTTP, that admits a source's events."""
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
    }
    to_queue = {"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}
    send = {**ADMIT, **to_queue, "Principal": {"Service": admits}, "Condition": condition}
    plain = {"Bool": {"aws:SecureTransport": secure}}
    deny = {**to_queue, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sqs:*", "Condition": plain}
    return {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600},
        },
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": statements(deny, send)},
        },
    }


def telling(name, **more):
    configuration = {"QueueConfigurations": [{"Event": "s3:Replication:*", "Queue": {"Fn::GetAtt": ["Queue", "Arn"]}}]}
    return bucket(name, NotificationConfiguration=configuration, **more) | {"DependsOn": "Policy"}


@pytest.mark.parametrize("wrong", [{"admits": "sns.amazonaws.com"}, {"account": "999999999999"}])
def test_a_queue_that_does_not_admit_the_bucket_fails_it(embedded, unique, wrong):
    name = unique("source")
    reason = embedded.refusal(told(name, **wrong) | {"B": telling(name)})
    assert "Unable to validate the following destination configurations" in reason


def test_an_object_that_cannot_be_copied_is_told_to_a_queue(embedded, unique):
    source, destination = unique("source"), unique("destination")
    embedded.deploy({"R": role(f"queued-{source}", *BUCKET_ACTIONS, *SOURCE_ACTIONS)})
    embedded.deploy({"B": bucket(destination)}, region=FAR)
    measured = {"Bucket": f"arn:aws:s3:::{destination}", "Metrics": {"Status": "Enabled"}}
    rules = {
        "Role": f"arn:aws:iam::123456789012:role/queued-{source}",
        "Rules": [rule(1, destination, Destination=measured)],
    }
    resources = told(source) | {"B": telling(source, ReplicationConfiguration=rules)}
    stack = embedded.deploy(resources, outputs=QUEUE)
    embedded.client("s3").put_object(Bucket=source, Key="a.txt", Body=b"1")
    (record,) = events(embedded, embedded.output(stack, "Queue"), wanted=1)
    assert record["eventName"] == "Replication:OperationFailedReplication"
    assert record["s3"]["object"]["key"] == "a.txt"


@pytest.mark.long
def test_with_time_control_a_late_object_is_told_and_told_again_when_it_arrives(fast, unique):
    source, destination = unique("source"), unique("destination")
    fast.deploy({"R": role(f"late-{source}", *BUCKET_ACTIONS, *SOURCE_ACTIONS, *DESTINATION_ACTIONS)})
    fast.deploy({"B": bucket(destination)}, region="ap-south-1")
    minutes = {"Minutes": 15}
    controlled = {
        "Bucket": f"arn:aws:s3:::{destination}",
        "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
        "ReplicationTime": {"Status": "Enabled", "Time": minutes},
    }
    rules = {
        "Role": f"arn:aws:iam::123456789012:role/late-{source}",
        "Rules": [rule(1, destination, Destination=controlled)],
    }
    resources = topic(source) | {"B": notifying(source, ReplicationConfiguration=rules)}
    stack = fast.deploy(resources, outputs=QUEUE)
    queue = fast.output(stack, "Queue")
    break_(fast, "replication-pause", region="ap-south-1")
    fast.client("s3").put_object(Bucket=source, Key="late", Body=b"1")
    (missed,) = events(fast, queue, wanted=1, seconds=60)
    assert missed["eventName"] == "Replication:OperationMissedThreshold"
    heal(fast)
    (arrived,) = events(fast, queue, wanted=1)
    assert arrived["eventName"] == "Replication:OperationReplicatedAfterThreshold"
