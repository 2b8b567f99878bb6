"""A change set that needs a name which is taken fails before anything is made."""

import boto3
import pytest
import run_keys
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

REASON = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early "
    "Validation errors, use the DescribeEvents API for detailed failure information."
)


def resource(kind, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


def bucket(name):
    return resource("S3::Bucket", BucketName=name)


def problems(embedded, change_set):
    """What DescribeEvents says of a change set, as the CDK CLI asks for it: the reasons by logical id."""
    found = embedded.client("cloudformation").describe_events(
        StackName=change_set["StackName"],
        ChangeSetName=change_set["ChangeSetName"],
        Filters={"FailedEvents": True},
    )["OperationEvents"]
    return {event["LogicalResourceId"]: event["ValidationStatusReason"] for event in found}


def status(embedded, stack):
    return embedded.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


@pytest.fixture
def taken(embedded, unique):
    """The name of a bucket outside of every stack."""
    embedded.client("s3").create_bucket(Bucket=unique("taken"))
    return unique("taken")


def test_a_new_stack_waits_for_a_better_change_set(embedded, unique, taken):
    stack = unique("new")
    made = embedded.change_set(stack, {"B": bucket(taken), "C": bucket(unique("free"))})
    assert (made["Status"], made["ExecutionStatus"], made["StatusReason"]) == ("FAILED", "UNAVAILABLE", REASON)
    assert problems(embedded, made) == {
        "B": f"Resource of type 'AWS::S3::Bucket' with identifier '{taken}' already exists."
    }
    assert status(embedded, stack) == "REVIEW_IN_PROGRESS"
    better = embedded.change_set(stack, {"C": bucket(unique("free"))})
    assert embedded.execute(better) == "CREATE_COMPLETE"


def test_a_stack_that_exists_stays_as_it_is(embedded, unique, taken):
    mine = {"C": bucket(unique("mine"))}
    stack = embedded.deploy(mine)
    made = embedded.change_set(stack, mine | {"B": bucket(taken)}, kind="UPDATE")
    assert made["StatusReason"] == REASON
    assert status(embedded, stack) == "CREATE_COMPLETE"
    better = embedded.change_set(stack, mine | {"B": bucket(unique("free"))}, kind="UPDATE")
    assert embedded.execute(better) == "UPDATE_COMPLETE"


def test_the_events_are_those_of_the_change_set(embedded, unique, taken):
    stack = embedded.deploy({"C": bucket(unique("mine"))})
    bad = embedded.change_set(stack, {"C": bucket(unique("mine")), "B": bucket(taken)}, kind="UPDATE")
    good = embedded.change_set(stack, {"C": bucket(unique("mine")), "B": bucket(unique("free"))}, kind="UPDATE")
    assert list(problems(embedded, bad)) == ["B"]
    assert problems(embedded, good) == {}


def test_what_is_taken_cannot_be_executed(embedded, unique, taken):
    made = embedded.change_set(unique("new"), {"B": bucket(taken)})
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        embedded.execute(made)


def test_a_bucket_that_would_be_renamed_to_a_taken_name(embedded, unique, taken):
    stack = embedded.deploy({"B": bucket(unique("mine"))})
    made = embedded.change_set(stack, {"B": bucket(taken)}, kind="UPDATE")
    assert list(problems(embedded, made)) == ["B"]


TRUST = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
POLICY = {"Version": "2012-10-17", "Statement": []}


def named(kind, name):
    """A resource of a type with a name, and what else it needs."""
    alarm = {"MetricName": "m", "Namespace": "n", "Threshold": 1, "EvaluationPeriods": 1}
    made = {
        "IAM::Role": {"RoleName": name, "AssumeRolePolicyDocument": POLICY | {"Statement": [TRUST]}},
        "Logs::LogGroup": {"LogGroupName": name},
        "CloudWatch::Alarm": alarm | {"AlarmName": name, "ComparisonOperator": "GreaterThanThreshold"},
    }
    return resource(kind, **made[kind])


@pytest.mark.parametrize("kind", ["IAM::Role", "Logs::LogGroup", "CloudWatch::Alarm"])
def test_every_type_that_its_name_identifies_is_looked_up(embedded, unique, kind):
    name = unique("taken")
    embedded.deploy({"R": named(kind, name)})
    made = embedded.change_set(unique("new"), {"R": named(kind, name)})
    assert problems(embedded, made) == {"R": f"Resource of type 'AWS::{kind}' with identifier '{name}' already exists."}


def test_a_policy_of_a_bucket_that_has_one(embedded, taken, unique):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{taken}/*"}
    policy = resource("S3::BucketPolicy", Bucket=taken, PolicyDocument=POLICY | {"Statement": [deny]})
    embedded.deploy({"P": policy})
    assert list(problems(embedded, embedded.change_set(unique("new"), {"P": policy}))) == ["P"]


def test_a_name_that_only_the_creation_can_look_up_fails_that(embedded, unique):
    topic = resource("SNS::Topic", TopicName=unique("taken"))
    embedded.deploy({"T": topic})
    made = embedded.change_set(unique("new"), {"T": topic})
    assert made["Status"] == "CREATE_COMPLETE"
    assert embedded.execute(made) == "ROLLBACK_COMPLETE"
    assert any("already exists" in reason for reason in embedded.reasons(made["StackId"]))


def test_a_resource_whose_condition_is_false_needs_no_name(embedded, unique, taken):
    cloudformation, never = embedded.client("cloudformation"), {"Fn::Equals": ["a", "b"]}
    template = {
        "Conditions": {"Never": never},
        "Resources": {"B": bucket(taken) | {"Condition": "Never"}, "C": bucket(unique("free"))},
    }
    made = cloudformation.create_change_set(
        StackName=unique("new"), ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=str(template).replace("'", '"')
    )
    assert cloudformation.describe_change_set(ChangeSetName=made["Id"])["Status"] == "CREATE_COMPLETE"


def test_the_bucket_of_another_account_is_only_found_when_it_is_created(embedded, unique):
    name = unique("theirs")
    boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=embedded.ready["endpoint"],
        **run_keys.of(embedded.secret, "210987654321"),
    ).create_bucket(Bucket=name)
    made = embedded.change_set(unique("new"), {"B": bucket(name)})
    assert made["Status"] == "CREATE_COMPLETE"
    assert embedded.execute(made) == "ROLLBACK_COMPLETE"
    assert any("BucketAlreadyExists" in reason for reason in embedded.reasons(made["StackId"]))
