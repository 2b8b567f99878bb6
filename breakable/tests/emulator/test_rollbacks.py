"""How a creation or an update that fails is undone, and what a deletion leaves."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
EXCEPT_ON_CREATE = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def bucket(name, **attributes):
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}} | attributes


def topic(name, **attributes):
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}} | attributes


def exists(embedded, name):
    try:
        embedded.client("s3").head_bucket(Bucket=name)
    except ClientError:
        return False
    return True


def refused(**attributes):
    """A resource that can never be made."""
    missing = "arn:aws:sns:us-east-1:123456789012:gone"
    properties = {"TopicArn": missing, "Protocol": "email", "Endpoint": "a@example.com"}
    return {"Type": "AWS::SNS::Subscription", "Properties": properties} | attributes


@pytest.mark.parametrize(
    ("attributes", "event", "kept"),
    [({}, "DELETE_COMPLETE", False), (EXCEPT_ON_CREATE, "DELETE_COMPLETE", False), (RETAINED, "DELETE_SKIPPED", True)],
)
def test_a_failed_creation_takes_everything_with_it_but_what_is_retained(embedded, unique, attributes, event, kept):
    name = unique("first")
    stack, status = embedded.created({"B": bucket(name, **attributes), "F": refused(DependsOn="B")})
    assert status == "ROLLBACK_COMPLETE"
    assert embedded.events(stack, "B")[-1] == event
    assert exists(embedded, name) is kept
    assert embedded.delete(stack) == "DELETE_COMPLETE"


def test_what_was_made_last_goes_first(embedded, unique):
    names = {logical: topic(unique(logical)) for logical in ("One", "Two", "Three")}
    names["Two"]["DependsOn"], names["Three"]["DependsOn"] = "One", "Two"
    stack, _ = embedded.created(names | {"F": refused(DependsOn="Three")})
    events = embedded.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    gone = [e["LogicalResourceId"] for e in reversed(events) if e["ResourceStatus"] == "DELETE_COMPLETE"]
    assert gone == ["Three", "Two", "One"]


@pytest.fixture
def late(unique):
    """The logical id of a resource that no other test has."""
    return unique("Late").replace("-", "")


def with_object(embedded, late, stack, name):
    """Put an object into a bucket of a stack before the last resource fails; return the status the stack ends with."""
    embedded.until(lambda: exists(embedded, name))
    embedded.client("s3").put_object(Bucket=name, Key="k", Body=b"1")
    embedded.until(lambda: embedded.events(stack, late))


def created_with_object(embedded, late, name, **attributes):
    with embedded.failing(late, after=3600):
        stack = embedded.begin({"B": bucket(name, **attributes), late: refused(DependsOn="B")})
        with_object(embedded, late, stack, name)
    return stack, embedded.settled(stack)


def test_a_bucket_that_holds_an_object_fails_the_rollback_and_every_deletion_until_it_is_retained(
    embedded, unique, late
):
    name = unique("full")
    stack, status = created_with_object(embedded, late, name)
    assert status == "ROLLBACK_FAILED"
    assert embedded.events(stack, "B")[-1] == "DELETE_FAILED"
    assert embedded.resources(stack) == {"B": "DELETE_FAILED"}
    assert any("BucketNotEmpty" in reason for reason in embedded.reasons(stack))
    assert embedded.delete(stack) == "DELETE_FAILED"
    cloudformation = embedded.client("cloudformation")
    identifier = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack, RetainResources=["B"])
    assert embedded.settled(identifier) == "DELETE_COMPLETE"
    assert exists(embedded, name)


def test_a_rollback_that_failed_is_deleted_once_the_bucket_is_empty(embedded, unique, late):
    name = unique("full")
    stack, _ = created_with_object(embedded, late, name)
    embedded.client("s3").delete_object(Bucket=name, Key="k")
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert not exists(embedded, name)


def test_a_deletion_after_a_failed_rollback_retains_what_the_template_retains(embedded, unique, late):
    name = unique("full")
    stack, status = created_with_object(embedded, late, name, **EXCEPT_ON_CREATE)
    assert status == "ROLLBACK_FAILED"
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert exists(embedded, name)


def test_a_rollback_of_a_change_set_fails_just_so(embedded, unique, late):
    name, stack = unique("full"), unique("set")
    with embedded.failing(late, after=3600):
        made = embedded.change_set(stack, {"B": bucket(name, **EXCEPT_ON_CREATE), late: refused(DependsOn="B")})
        embedded.client("cloudformation").execute_change_set(
            ChangeSetName=made["ChangeSetId"], StackName=made["StackId"]
        )
        with_object(embedded, late, stack, name)
    assert embedded.settled(stack) == "ROLLBACK_FAILED"
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert exists(embedded, name)


def test_what_is_retained_except_on_create_survives_the_deletion_of_its_stack(embedded, unique):
    name = unique("kept")
    stack = embedded.deploy({"B": bucket(name, **EXCEPT_ON_CREATE)})
    identifier = embedded.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert embedded.events(identifier, "B")[-1] == "DELETE_SKIPPED"
    assert exists(embedded, name)


def test_what_is_retained_except_on_create_survives_its_removal_from_the_template(embedded, unique):
    name = unique("kept")
    stack = embedded.deploy({"B": bucket(name, **EXCEPT_ON_CREATE), "T": topic(unique("t"))})
    embedded.deploy({"T": topic(unique("t"))}, name=stack)
    assert embedded.events(stack, "B")[-1] == "DELETE_SKIPPED"
    assert exists(embedded, name)


@pytest.mark.parametrize(("policy", "kept"), [("Retain", True), ("Delete", False)])
def test_a_replacement_follows_the_policy_for_replacements(embedded, unique, policy, kept):
    old, new = unique("old"), unique("new")
    policies = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": policy}
    stack = embedded.deploy({"B": bucket(old, **policies)})
    embedded.deploy({"B": bucket(new, **policies)}, name=stack)
    assert exists(embedded, new)
    assert exists(embedded, old) is kept


@pytest.mark.parametrize(("attributes", "kept"), [(EXCEPT_ON_CREATE, False), (RETAINED, True)])
def test_an_update_that_fails_takes_what_it_added_with_it(embedded, unique, attributes, kept):
    name, t = unique("added"), topic(unique("t"))
    stack = embedded.deploy({"T": t}, outputs={"T": {"Value": {"Ref": "T"}}})
    added = {"T": t, "B": bucket(name, **attributes), "F": refused(DependsOn="B")}
    assert embedded.updated(stack, added) == "UPDATE_ROLLBACK_COMPLETE"
    assert exists(embedded, name) is kept
    assert embedded.resources(stack) == {"T": "CREATE_COMPLETE"}
    assert embedded.output(stack, "T").endswith(unique("t"))


def test_a_new_bucket_that_cannot_be_deleted_does_not_fail_the_rollback_of_an_update(embedded, unique, late):
    name, t = unique("added"), topic(unique("t"))
    stack = embedded.deploy({"T": t})
    with embedded.failing(late, after=3600):
        embedded.begin({"T": t, "B": bucket(name), late: refused(DependsOn="B")}, name=stack)
        with_object(embedded, late, stack, name)
    assert embedded.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert embedded.events(stack, "B")[-1] == "DELETE_FAILED"
    assert exists(embedded, name)


def test_a_key_is_scheduled_for_deletion(embedded):
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Statement": [root]}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}, **EXCEPT_ON_CREATE}
    stack, status = embedded.created({"K": key, "F": refused(DependsOn="K")})
    assert status == "ROLLBACK_COMPLETE"
    events = embedded.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    made = next(e["PhysicalResourceId"] for e in events if e["ResourceStatus"] == "DELETE_COMPLETE")
    assert embedded.client("kms").describe_key(KeyId=made)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_zone_with_records_of_its_own_is_not_deleted(embedded, unique):
    name = unique("zone") + ".example.net"
    stack = embedded.deploy(
        {"Z": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": name}}},
        outputs={"Z": {"Value": {"Ref": "Z"}}},
    )
    route53, zone = embedded.client("route53"), embedded.output(stack, "Z")
    record = {"Name": f"a.{name}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}

    def change(action):
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change("CREATE")
    assert embedded.delete(stack) == "DELETE_FAILED"
    assert any("HostedZoneNotEmpty" in reason for reason in embedded.reasons(stack))
    change("DELETE")
    assert embedded.delete(stack) == "DELETE_COMPLETE"


def protected(embedded, stack):
    return embedded.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0][
        "EnableTerminationProtection"
    ]


@pytest.mark.parametrize("fails", [True, False])
def test_a_protected_stack_is_not_deleted_in_any_status(embedded, unique, fails):
    resources = {"F": refused()} if fails else {"T": topic(unique("t"))}
    stack, status = embedded.created(resources, EnableTerminationProtection=True)
    assert status == ("ROLLBACK_COMPLETE" if fails else "CREATE_COMPLETE")
    assert protected(embedded, stack)
    with pytest.raises(ClientError, match=r"Stack \[arn:.*\] cannot be deleted while TerminationProtection is enabled"):
        embedded.delete(stack)
    assert embedded.settled(stack) == status
    embedded.client("cloudformation").update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    assert not protected(embedded, stack)
    assert embedded.delete(stack) == "DELETE_COMPLETE"


@pytest.fixture
def stuck(embedded, unique, late):
    """A stack whose update could not be rolled back because its topic T fails: (stack, the topic's logical id)."""
    first = late.replace("Late", "Topic")
    name = unique("t")

    def resources(display, more):
        named = topic(name)
        named["Properties"] = named["Properties"] | {"DisplayName": display}
        return {first: named} | more

    stack = embedded.deploy(resources("before", {}), outputs={"T": {"Value": {"Ref": first}}})
    with embedded.failing(late, after=3600):
        embedded.begin(resources("after", {late: refused(DependsOn=first)}), name=stack)
        embedded.until(lambda: embedded.events(stack, late))
        with embedded.failing(first, message="not now"):
            embedded.client("cloudformation").cancel_update_stack(StackName=stack)
            assert embedded.settled(stack) == "UPDATE_ROLLBACK_FAILED"
    return stack, first


def display_name(embedded, stack):
    arn = embedded.output(stack, "T")
    return embedded.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"]


def test_a_rollback_of_an_update_that_failed_goes_on(embedded, stuck):
    stack, first = stuck
    assert "not now" in embedded.reasons(stack)
    assert display_name(embedded, stack) == "after"
    embedded.client("cloudformation").continue_update_rollback(StackName=stack, ResourcesToSkip=[])
    assert embedded.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert display_name(embedded, stack) == "before"
    assert embedded.events(stack, first)[-1] == "UPDATE_COMPLETE"


def test_a_rollback_goes_on_without_what_is_skipped(embedded, stuck):
    stack, first = stuck
    with embedded.failing(first):
        embedded.client("cloudformation").continue_update_rollback(StackName=stack)
        assert embedded.settled(stack) == "UPDATE_ROLLBACK_FAILED"
        embedded.client("cloudformation").continue_update_rollback(StackName=stack, ResourcesToSkip=[first])
        assert embedded.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert embedded.resources(stack)[first] == "UPDATE_COMPLETE"
    assert display_name(embedded, stack) == "after"


def test_a_rollback_that_is_forced_goes_on_without_what_failed(embedded, stuck):
    stack, first = stuck
    assert embedded.resources(stack)[first] == "UPDATE_FAILED"
    cloudformation = embedded.client("cloudformation")
    with pytest.raises(ClientError, match="ForceRollback and ResourcesToSkip"):
        cloudformation.continue_update_rollback(StackName=stack, ForceRollback=True, ResourcesToSkip=[first])
    with embedded.failing(first):
        cloudformation.continue_update_rollback(StackName=stack, ForceRollback=True)
        assert embedded.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert display_name(embedded, stack) == "after"


def test_a_stack_that_is_stuck_takes_no_update(embedded, stuck):
    stack, _ = stuck
    with pytest.raises(ClientError, match=r"Stack:arn:.* is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        embedded.begin({"T": topic("t")}, name=stack)


def test_a_creation_that_was_not_rolled_back_is_rolled_back_on_request(embedded, unique):
    name = unique("later")
    stack, status = embedded.created({"B": bucket(name), "F": refused(DependsOn="B")}, DisableRollback=True)
    assert status == "CREATE_FAILED"
    assert exists(embedded, name)
    embedded.client("cloudformation").rollback_stack(StackName=stack)
    assert embedded.settled(stack) == "ROLLBACK_COMPLETE"
    assert not exists(embedded, name)


def test_tags_and_outputs_outlive_an_update_that_fails(embedded, unique):
    t = topic(unique("t"))
    stack = embedded.deploy({"T": t}, outputs={"T": {"Value": {"Ref": "T"}}})
    cloudformation = embedded.client("cloudformation")
    cloudformation.update_stack(StackName=stack, UsePreviousTemplate=True, Tags=[{"Key": "k", "Value": "v"}])
    assert embedded.settled(stack) == "UPDATE_COMPLETE"
    assert embedded.updated(stack, {"T": t, "F": refused()}, Tags=[{"Key": "k", "Value": "w"}]).startswith(
        "UPDATE_ROLL"
    )
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    assert found["Outputs"][0]["OutputValue"].endswith(unique("t"))
    listed = [s for page in cloudformation.get_paginator("list_stacks").paginate() for s in page["StackSummaries"]]
    assert [s["StackStatus"] for s in listed if s["StackName"] == stack] == ["UPDATE_ROLLBACK_COMPLETE"]


def test_a_creation_that_was_not_rolled_back_goes_on_with_a_change_set(embedded, unique):
    made, missing = {"B": bucket(unique("later"))}, refused(DependsOn="B")
    stack, status = embedded.created(made | {"F": missing}, DisableRollback=True)
    assert status == "CREATE_FAILED"
    assert embedded.resources(stack) == {"B": "CREATE_COMPLETE"}
    fixed = made | {"F": topic(unique("t"), DependsOn="B")}
    assert embedded.execute(embedded.change_set(stack, fixed, kind="UPDATE")) == "UPDATE_COMPLETE"
    assert embedded.events(stack, "B")[-1] != "DELETE_COMPLETE"
    assert embedded.delete(stack) == "DELETE_COMPLETE"


def test_a_stack_in_review_is_the_same_stack_with_the_next_change_set(embedded, unique):
    stack = unique("review")
    first = embedded.change_set(stack, {"B": bucket(unique("a"))})
    second = embedded.change_set(stack, {"B": bucket(unique("a"))})
    assert first["StackId"] == second["StackId"]
    assert embedded.execute(second) == "CREATE_COMPLETE"
