"""What a stack's status forbids: updates and change sets of a stack that something happens to, or that was never made.

A stack in review, which has change sets and no resources yet, stays the same stack with each further change set. The
drift of stacks is not looked for: ministack finds none in what it does not compare.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html`.
"""

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import cloudformation

from .stack_actions import Action, Parameters, Stack, put_around, refuse, stack_of, value

_UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}
_CHANGEABLE = _UPDATABLE | {"CREATE_FAILED", "UPDATE_FAILED"}
"""A change set may also be made for a stack whose failed operation was not rolled back."""

_GONE = "DELETE_COMPLETE"
_IN_REVIEW = "REVIEW_IN_PROGRESS"


def install() -> None:
    """Refuse as CloudFormation does, in its words."""
    put_around("UpdateStack", update_stack)
    put_around("CreateChangeSet", create_change_set)
    for name in ("DetectStackDrift", "DetectStackResourceDrift"):
        put_around(name, refuse_to_detect)


async def update_stack(parameters: Parameters, act: Action) -> Answer:
    """Answer UpdateStack, which needs a stack that is at rest."""
    stack = stack_of(parameters)
    if stack is None or stack["StackStatus"] in _UPDATABLE | {_GONE}:
        return await act(parameters)
    return _refusal(stack)


async def create_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer CreateChangeSet: one that creates a stack needs a name that is free, another one a stack at rest."""
    stack, kind = stack_of(parameters), value(parameters, "ChangeSetType") or "UPDATE"
    if stack is None or stack["StackStatus"] == _GONE:
        return await act(parameters)
    in_review = stack["StackStatus"] == _IN_REVIEW
    if kind == "CREATE" and in_review:
        return await _in_review(parameters, act, stack)
    if kind == "CREATE":
        return _already_there(stack, value(parameters, "ChangeSetName"))
    fits = stack["StackStatus"] in _CHANGEABLE or (in_review and kind == "IMPORT")
    return await act(parameters) if fits else _refusal(stack)


async def refuse_to_detect(_parameters: Parameters, _act: Action) -> Answer:
    """Refuse drift detection, which the embedded AWS does not carry out."""
    return refuse(
        "the embedded AWS does not compare resources with their templates, so it cannot say whether a stack has "
        "drifted: `cdk diff` compares the templates, and the services' own calls tell what the resources are"
    )


async def _in_review(parameters: Parameters, act: Action, stack: Stack) -> Answer:
    """Answer CreateChangeSet for a stack in review: ministack makes another stack of that name, which is undone."""
    status, headers, body = await act(parameters)
    made = cloudformation.stacks_by_name().get(stack["StackName"])
    cloudformation.stacks_by_name()[stack["StackName"]] = stack
    if status >= 400 or made is None:
        return status, headers, body
    stack["Tags"] = made["Tags"]
    for change_set in cloudformation.change_sets().values():
        if change_set["StackId"] == made["StackId"]:
            change_set["StackId"] = stack["StackId"]
    return status, headers, body.replace(made["StackId"].encode(), stack["StackId"].encode())


def _already_there(stack: Stack, change_set: str) -> Answer:
    name = stack["StackName"]
    return refuse(f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}].")


def _refusal(stack: Stack) -> Answer:
    return refuse(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")
