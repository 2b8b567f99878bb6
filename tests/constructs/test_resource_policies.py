"""What several things share has a policy whose statements differ in their ids: SNS and SQS refuse two of one id."""

import pytest
from aws_cdk.assertions import Template
from construct_samples import ARGUMENTS, copy, distribution, make, sample_stack
from constructs import Construct

from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    ContentBucket,
    ContentKey,
    DistributionLogs,
    ReplicationEvents,
    ReplicationFailureAlarm,
    ReplicationRule,
    admit_distributions,
    keep_objects,
)

OTHER = "111122223333"


def ids(stack):
    """The ids in each policy of a stack's template."""
    for resource in Template.from_stack(stack).to_json()["Resources"].values():
        found = resource["Properties"]
        document = found.get("PolicyDocument") or found.get("KeyPolicy")
        if document:
            yield [each["Sid"] for each in document["Statement"] if "Sid" in each]


def differ(stack):
    found = list(ids(stack))
    return found and all(len(set(each)) == len(each) for each in found)


CONSTRUCTS = [kind for kind in ARGUMENTS if issubclass(kind, Construct)]


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_statements_of_one_policy_differ_in_their_ids(kind):
    assert all(len(set(each)) == len(each) for each in ids(make(kind)[1]))


def test_two_buckets_may_have_one_pair_of_topics():
    stack = sample_stack()
    topics = AlarmTopics(stack, "Topics", display_name="site")
    for name in ("one", "two"):
        bucket = ContentBucket(stack, name, bucket_name=name).bucket
        ReplicationEvents(stack, f"Events-{name}", bucket=bucket)
        ReplicationFailureAlarm(
            stack,
            f"Alarm-{name}",
            name=name,
            rule=ReplicationRule(bucket, copy(stack, f"copy-{name}"), "to-copy"),
            notifications=topics,
        )
    assert differ(stack)


def test_one_bucket_may_take_the_logs_of_two():
    stack = sample_stack()
    logs = AccessLogBucket(stack, "Logs", bucket_name="logs")
    for name in ("one", "two"):
        ContentBucket(stack, name, bucket_name=name, access_logs=logs, access_log_prefix=f"{name}/")
    assert differ(stack)


def test_one_bucket_may_take_the_logs_of_two_distributions():
    stack = sample_stack()
    logs = AccessLogBucket(stack, "Logs", bucket_name="logs").bucket
    for name in ("one", "two"):
        at = Construct(stack, name)
        DistributionLogs(at, "Logs", distribution=distribution(at), bucket=logs, prefix=name)
    assert differ(stack)


def test_a_bucket_and_its_key_may_admit_the_distributions_of_two_accounts():
    stack = sample_stack()
    key = ContentKey(stack, "Key", alias="alias/site", description="of the site")
    bucket = ContentBucket(stack, "Content", bucket_name="content", encryption_key=key.key).bucket
    for account in (None, OTHER, "444455556666"):
        key.admit_distributions(account=account)
        admit_distributions(bucket, account=account)
    assert differ(stack)
    assert (
        sum(OTHER in str(each["Properties"]) for each in Template.from_stack(stack).to_json()["Resources"].values())
        == 2
    )


def test_more_keys_of_a_bucket_may_be_protected_later():
    stack = sample_stack()
    content = ContentBucket(stack, "Content", bucket_name="content", protected_keys=["a"])
    keep_objects(content.bucket, ["b"])
    assert differ(stack)


def test_an_imported_bucket_has_no_policy_here():
    stack = sample_stack()
    imported = copy(stack, "logs")
    DistributionLogs(stack, "Logs", distribution=distribution(stack), bucket=imported)
    assert "AWS::S3::BucketPolicy" not in {
        each["Type"] for each in Template.from_stack(stack).to_json()["Resources"].values()
    }
