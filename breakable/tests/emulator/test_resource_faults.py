"""A resource of a deployment that is made to fail, and deployments that are interrupted meanwhile."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded


def topic(name, **properties):
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name} | properties}


def group(name):
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}


@pytest.fixture
def logical(unique):
    """A logical id that no other test has."""
    return unique("Topic").replace("-", "") + "A1B2"


@pytest.fixture
def two(unique, logical):
    """Makes a template with a log group, and a topic that needs it."""

    def template(**properties):
        return {"G": group(unique("g")), logical: topic(unique("t"), **properties) | {"DependsOn": "G"}}

    return template


def test_a_creation_fails_with_the_message(embedded, two, logical):
    with embedded.failing(logical, message="Certificate validation timed out"):
        stack, status = embedded.created(two())
    assert status == "ROLLBACK_COMPLETE"
    assert "Certificate validation timed out" in embedded.reasons(stack)
    assert embedded.events(stack, "G")[-1] == "DELETE_COMPLETE"


def test_the_message_says_that_it_is_the_fault(embedded, two, logical):
    with embedded.failing(logical):
        stack, _ = embedded.created(two())
    assert any("the fault resource-fails is in effect" in reason for reason in embedded.reasons(stack))


def test_an_update_fails_and_the_resource_stays_as_it_was(embedded, two, logical):
    stack = embedded.deploy(two())
    with embedded.failing(logical):
        assert embedded.updated(stack, two(DisplayName="x")) == "UPDATE_ROLLBACK_COMPLETE"
    assert embedded.updated(stack, two(DisplayName="x")) == "UPDATE_COMPLETE"


def test_a_resource_that_an_update_does_not_change_does_not_fail(embedded, two, logical, unique):
    stack = embedded.deploy(two())
    with embedded.failing(logical):
        assert embedded.updated(stack, two() | {"More": group(unique("more"))}) == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("resource", "fails"),
    [
        ("{logical}", True),
        ("{prefix}", True),
        ("AWS::SNS::Topic", True),
        ("AWS::SNS::Top", False),
        ("x{logical}", False),
    ],
)
def test_a_resource_is_named_by_its_type_its_logical_id_or_the_beginning_of_that(
    embedded, two, logical, unique, resource, fails
):
    name = resource.format(logical=logical, prefix=logical[:-4])
    with embedded.failing(name, stack=unique("mine")):
        made = embedded.change_set(unique("mine"), two())
        assert (embedded.execute(made) == "ROLLBACK_COMPLETE") is fails
        embedded.deploy({"T": topic(unique("other"))})


@pytest.mark.parametrize(("region", "fails"), [("eu-west-1", False), ("us-east-1", True)])
def test_a_resource_fails_in_the_region_that_is_named(embedded, two, logical, region, fails):
    with embedded.failing(logical, region=region):
        assert (embedded.created(two())[1] == "ROLLBACK_COMPLETE") is fails


def test_once_the_fault_is_healed_the_same_deployment_succeeds(embedded, two, logical):
    with embedded.failing(logical):
        stack, _ = embedded.created(two())
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert embedded.created(two())[1] == "CREATE_COMPLETE"


def test_the_fault_is_listed_with_its_details(embedded, logical):
    with embedded.failing(logical, stack="s", message="m", after=2):
        _, found = embedded.api("GET", "/_breakable/faults")
    mine = next(fault for fault in found["faults"] if fault.get("resource") == logical)
    assert {name: mine[name] for name in ("fault", "stack", "message", "after")} == {
        "fault": "resource-fails",
        "stack": "s",
        "message": "m",
        "after": 2,
    }


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"fault": "resource-fails"}, "without a resource"),
        ({"fault": "cdn-503", "resource": "B"}, "only resource-fails"),
        ({"fault": "resource-fails", "message": "m"}, "got no resource"),
        ({"fault": "resource-fails", "resource": ""}, "expected a text"),
        ({"fault": "resource-fails", "resource": "B", "after": -1}, "expected seconds"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(embedded, given, why):
    status, answer = embedded.api("PUT", "/_breakable/faults", given)
    assert status == 400
    assert why in answer["error"]


def test_a_slow_resource_fails_at_last(fast, two, logical):
    with fast.failing(logical, after=30):
        stack, status = fast.created(two())
    assert status == "ROLLBACK_COMPLETE"
    assert fast.events(stack, logical)[0] == "CREATE_IN_PROGRESS"


def test_a_slow_resource_whose_fault_is_healed_is_made(embedded, two, logical):
    with embedded.failing(logical, after=3600):
        stack = embedded.begin(two())
        embedded.until(lambda: embedded.events(stack, logical))
    assert embedded.settled(stack) == "CREATE_COMPLETE"


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_stack_in_the_middle_of_its_creation_takes_neither_a_change_set_nor_an_update(embedded, two, logical):
    with embedded.failing(logical, after=3600):
        stack = embedded.begin(two())
        embedded.until(lambda: embedded.events(stack, logical))
        cloudformation = embedded.client("cloudformation")
        arn = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        refused = ("ValidationError", f"Stack:{arn} is in CREATE_IN_PROGRESS state and can not be updated.")
        more = {"StackName": stack, "TemplateBody": "{}"}
        assert refusal(cloudformation.create_change_set, ChangeSetName="c", ChangeSetType="UPDATE", **more) == refused
        assert refusal(cloudformation.update_stack, **more) == refused
    assert embedded.settled(stack) == "CREATE_COMPLETE"


def test_a_stack_that_was_rolled_back_is_not_created_again_over_what_it_left(embedded, two, logical):
    with embedded.failing(logical):
        stack, _ = embedded.created(two())
    cloudformation, more = embedded.client("cloudformation"), {"ChangeSetName": "c", "TemplateBody": "{}"}
    code, message = refusal(cloudformation.create_change_set, StackName=stack, ChangeSetType="CREATE", **more)
    assert (code, message) == (
        "ValidationError",
        f"Stack [{stack}] already exists and cannot be created again with the changeSet [c].",
    )
    code, message = refusal(cloudformation.create_change_set, StackName=stack, ChangeSetType="UPDATE", **more)
    assert message.endswith("is in ROLLBACK_COMPLETE state and can not be updated.")


def test_a_stack_is_deleted_in_the_middle_of_its_creation(embedded, two, logical, unique):
    with embedded.failing(logical, after=3600):
        stack = embedded.begin(two())
        embedded.until(lambda: embedded.events(stack, logical))
        identifier = embedded.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert embedded.events(identifier, logical)[-1] == "CREATE_FAILED"
    assert embedded.events(identifier, "G")[-1] == "DELETE_COMPLETE"
    assert embedded.created({"G": group(unique("g"))})[1] == "CREATE_COMPLETE"


def test_an_update_is_cancelled_in_the_middle_and_cannot_be_deleted_meanwhile(embedded, two, logical):
    stack = embedded.deploy(two())
    cloudformation = embedded.client("cloudformation")
    with embedded.failing(logical, after=3600):
        embedded.begin(two(DisplayName="x"), name=stack)
        embedded.until(lambda: "UPDATE_IN_PROGRESS" in embedded.events(stack, logical))
        _, message = refusal(cloudformation.delete_stack, StackName=stack)
        assert message.endswith("cannot be deleted while in status UPDATE_IN_PROGRESS")
        cloudformation.cancel_update_stack(StackName=stack)
        assert embedded.settled(stack) == "UPDATE_ROLLBACK_COMPLETE"
    assert embedded.delete(stack) == "DELETE_COMPLETE"


def test_a_custom_resource_fails_when_it_is_made(embedded, unique):
    kind = f"Custom::{unique('Thing').replace('-', '')}"
    made = {"C": {"Type": kind, "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:gone"}}}
    with embedded.failing(kind, message="not today"):
        stack, status = embedded.created(made)
    assert status == "ROLLBACK_COMPLETE"
    assert "not today" in embedded.reasons(stack)
