"""The CDK CLI looks at a stack at once and then every five seconds, so the embedded AWS answers when the stack is done."""

import time

import pytest

pytestmark = pytest.mark.embedded


def topic(name):
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


def status(embedded, stack):
    return embedded.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def test_execute_change_set_answers_when_the_stack_is_done(embedded, unique):
    made = embedded.change_set(unique("prompt"), {"T": topic(unique("t"))})
    embedded.client("cloudformation").execute_change_set(ChangeSetName=made["ChangeSetId"], StackName=made["StackId"])
    assert status(embedded, made["StackId"]) == "CREATE_COMPLETE"


def test_delete_stack_answers_when_the_stack_is_gone(embedded, unique):
    made = embedded.change_set(unique("prompt"), {"T": topic(unique("t"))})
    embedded.execute(made)
    embedded.client("cloudformation").delete_stack(StackName=made["StackId"])
    assert status(embedded, made["StackId"]) == "DELETE_COMPLETE"


@pytest.mark.long
def test_a_stack_that_takes_long_does_not_hold_the_answer_back(embedded, unique):
    made = embedded.change_set(unique("prompt"), {"Slow": topic(unique("t"))})
    client = embedded.client("cloudformation")
    with embedded.failing("Slow", after=30):
        begun = time.monotonic()
        client.execute_change_set(ChangeSetName=made["ChangeSetId"], StackName=made["StackId"])
        assert time.monotonic() - begun < 30
        assert status(embedded, made["StackId"]) == "CREATE_IN_PROGRESS"
