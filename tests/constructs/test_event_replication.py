import json

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from cdk_templates import new_app, new_stack, properties, resource, resources, statements, text

from s3_failover_constructs import EventReplication, PrimaryBucket


def define(**options):
    stack = new_stack()
    primary = PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt", versioned=False)
    copies = [
        s3.Bucket.from_bucket_attributes(stack, region, bucket_name=name, region=region)
        for name, region in (("near", "us-east-2"), ("far", "eu-west-1"))
    ]
    EventReplication(stack, "Copies", **{"source": primary.bucket, "destinations": copies} | options)
    return stack


@pytest.fixture(scope="module")
def stack():
    return define()


def queues(stack):
    """The work queue and the dead letters."""
    found = resources(stack, "AWS::SQS::Queue")
    work = next(q["Properties"] for q in found.values() if "RedrivePolicy" in q["Properties"])
    dead = next(q["Properties"] for q in found.values() if "RedrivePolicy" not in q["Properties"])
    return work, dead


def source(stack):
    return resource(stack, "AWS::S3::Bucket")


def test_source_tells_the_queue_of_every_change_of_an_object_and_its_tags(stack):
    configurations = source(stack)["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert {c["Event"] for c in configurations} == {
        "s3:ObjectCreated:*",
        "s3:ObjectRemoved:*",
        "s3:ObjectTagging:*",
        "s3:LifecycleExpiration:*",
    }
    assert all(text(c["Queue"]).startswith("<CopiesQueue") for c in configurations)


def test_source_has_no_versions_and_waits_until_it_may_write_into_the_queue(stack):
    assert "VersioningConfiguration" not in source(stack)["Properties"]
    assert any(name.startswith("CopiesQueuePolicy") for name in source(stack)["DependsOn"])


def test_only_the_source_and_the_schedule_may_write_into_the_queue(stack):
    policies = resources(stack, "AWS::SQS::QueuePolicy").values()
    allowed = [
        statement
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert {statement["Principal"]["Service"] for statement in allowed} == {"s3.amazonaws.com", "events.amazonaws.com"}
    by_s3 = next(each for each in allowed if each["Principal"]["Service"] == "s3.amazonaws.com")
    assert text(by_s3["Condition"]["ArnEquals"]["aws:SourceArn"]).endswith(":s3:::primary")
    assert by_s3["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_a_message_that_keeps_failing_becomes_a_dead_letter_which_is_kept_for_two_weeks(stack):
    work, dead = queues(stack)
    assert work["RedrivePolicy"]["maxReceiveCount"] == 10
    assert (work["MessageRetentionPeriod"], dead["MessageRetentionPeriod"]) == (14 * 86400, 14 * 86400)


def test_the_queue_hides_a_message_for_six_times_as_long_as_the_function_may_run(stack):
    work, _ = queues(stack)
    assert work["VisibilityTimeout"] == 6 * properties(stack, "AWS::Lambda::Function")["Timeout"]


def test_the_function_answers_for_each_message_and_is_held_to_some_invocations(stack):
    mapping = properties(stack, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 10}


def test_messages_are_not_taken_before_the_function_may_act_on_them(stack):
    waits = resource(stack, "AWS::Lambda::EventSourceMapping")["DependsOn"]
    assert any(name.startswith("CopiesPermissions") for name in waits)


def test_the_function_knows_every_copy_and_its_region(stack):
    variables = properties(stack, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert json.loads(variables["COPIES"]) == [
        {"Bucket": "near", "Region": "us-east-2"},
        {"Bucket": "far", "Region": "eu-west-1"},
    ]


def test_the_function_brings_its_handler_and_nothing_else(tmp_path):
    app = new_app(tmp_path)
    stack = Stack(app, "Test")
    bucket = s3.Bucket(stack, "Source", bucket_name="primary")
    EventReplication(stack, "Copies", source=bucket, destinations=[s3.Bucket.from_bucket_name(stack, "Copy", "copy")])
    app.synth()
    (asset,) = [path for path in tmp_path.iterdir() if path.name.startswith("asset.")]
    names = {path.relative_to(asset).as_posix() for path in asset.rglob("*") if path.is_file()}
    expected = {"__init__", "index", "listings", "objects", "parts", "replicator"}
    assert names == {f"handler/{name}.py" for name in expected}


def test_role_reads_the_source_and_writes_the_copies_only(stack):
    found = statements(stack, "AWS::IAM::Policy")
    assert text(found["ReadTheSource"]["Resource"]).endswith(".Arn>/*")
    assert found["ReadTheSource"]["Action"] == ["s3:GetObject", "s3:GetObjectTagging"]
    written = [text(each).split(":::")[1] for each in found["WriteTheCopies"]["Resource"]]
    assert written == ["near/*", "far/*"]
    assert not [action for action in found["WriteTheCopies"]["Action"] if "*" in action or "Version" in action]
    assert text(found["WorkOffTheQueue"]["Resource"]).startswith("<CopiesQueue")


def test_role_has_no_other_policy(stack):
    assert len(resources(stack, "AWS::IAM::Policy")) == 1
    assert all("ManagedPolicyArns" not in role["Properties"] for role in resources(stack, "AWS::IAM::Role").values())


def test_a_schedule_asks_for_a_repair():
    rule = properties(define(repair_every=Duration.hours(1)), "AWS::Events::Rule")
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    (target,) = rule["Targets"]
    assert json.loads(target["Input"]) == {"repair": {}}


def test_fails_without_a_destination():
    with pytest.raises(
        ValueError, match=r"^destinations: got \[\], expected at least one; name the buckets to copy to"
    ):
        define(destinations=[])


def test_a_source_whose_name_cloudformation_makes_is_admitted_with_those_of_its_account():
    stack = new_stack()
    nameless = s3.Bucket(stack, "Nameless")
    EventReplication(stack, "Copies", source=nameless, destinations=[s3.Bucket.from_bucket_name(stack, "Copy", "copy")])
    condition = statements(stack, "AWS::SQS::QueuePolicy")["SourceTellsWhatChanged"]["Condition"]
    assert text(condition["ArnEquals"]["aws:SourceArn"]) == "arn:aws:s3:::*"
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_the_log_is_kept_for_a_month_or_as_told():
    for kept, days in (({}, 30), ({"log_retention": logs.RetentionDays.ONE_WEEK}, 7)):
        stack = new_stack()
        copy = s3.Bucket.from_bucket_name(stack, "Copy", "copy")
        EventReplication(stack, "Copies", source=s3.Bucket(stack, "Source"), destinations=[copy], **kept)
        assert properties(stack, "AWS::Logs::LogGroup")["RetentionInDays"] == days
