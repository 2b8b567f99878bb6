"""What a stack's status forbids: updates and change sets of a stack that something happens to, or that was never made.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html`.
"""

from __future__ import annotations

from .answers import Answer
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

_NEW = {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}


def install() -> None:
    """Refuse as CloudFormation does, in its words."""
    put_around("UpdateStack", update_stack)
    put_around("CreateChangeSet", create_change_set)


def update_stack(parameters: Parameters, act: Action) -> Answer:
    """Answer UpdateStack, which needs a stack that is at rest."""
    stack = stack_of(parameters)
    return (
        _refusal(stack) if stack and stack["StackStatus"] not in _UPDATABLE | {"DELETE_COMPLETE"} else act(parameters)
    )


def create_change_set(parameters: Parameters, act: Action) -> Answer:
    """Answer CreateChangeSet: one that creates a stack needs a name that is free, another one a stack at rest."""
    stack, kind = stack_of(parameters), value(parameters, "ChangeSetType") or "UPDATE"
    status = stack["StackStatus"] if stack else ""
    if stack is None or status == "DELETE_COMPLETE":
        return act(parameters)
    if kind == "CREATE" and status not in _NEW:
        return _already_there(stack, value(parameters, "ChangeSetName"))
    fresh_import = kind == "IMPORT" and status in _NEW
    return act(parameters) if kind == "CREATE" or fresh_import or status in _CHANGEABLE else _refusal(stack)


def _already_there(stack: Stack, change_set: str) -> Answer:
    message = (
        f"Stack [{stack['StackName']}] already exists and cannot be created again with the changeSet [{change_set}]."
    )
    return refuse(message)


def _refusal(stack: Stack) -> Answer:
    return refuse(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")
