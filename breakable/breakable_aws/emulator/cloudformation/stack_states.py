"""What a stack's status forbids: updates and change sets of a stack that something happens to, or that was never made.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html`.
"""

from __future__ import annotations

from breakable_aws.emulator.answers import Answer

from . import stack_reviews
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


def update_stack(parameters: Parameters, act: Action) -> Answer:
    """Answer UpdateStack, which needs a stack that is at rest."""
    stack = stack_of(parameters)
    if stack is None or stack["StackStatus"] in _UPDATABLE | {_GONE}:
        return act(parameters)
    return _refusal(stack)


def create_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer CreateChangeSet: one that creates a stack needs a name that is free, another one a stack at rest."""
    stack, kind = stack_of(parameters), value(parameters, "ChangeSetType") or "UPDATE"
    if stack is None or stack["StackStatus"] == _GONE:
        return act(parameters)
    in_review = stack["StackStatus"] == _IN_REVIEW
    if kind == "CREATE" and in_review:
        return stack_reviews.create_change_set(parameters, act, stack)
    if kind == "CREATE":
        return _already_there(stack, value(parameters, "ChangeSetName"))
    fits = stack["StackStatus"] in _CHANGEABLE or (in_review and kind == "IMPORT")
    return act(parameters) if fits else _refusal(stack)


def _already_there(stack: Stack, change_set: str) -> Answer:
    name = stack["StackName"]
    return refuse(f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}].")


def _refusal(stack: Stack) -> Answer:
    return refuse(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")
