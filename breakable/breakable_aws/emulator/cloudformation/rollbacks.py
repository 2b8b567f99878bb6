"""A rolled back creation keeps in the stack what it could not delete, so that a deletion tries it again.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html`, ROLLBACK_FAILED.
"""

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.cloudformation import stacks_by_name

from .stack_actions import EVERY, Action, Parameters, Stack, put_around, refuse, stack_of, value

_SKIPPED = b"Resource skipped during UpdateRollback"
"""The words by which the CDK CLI knows what was skipped."""

_SKIPPED_BY_MINISTACK = b"Resource rollback skipped by user"


def install() -> None:
    """Complete the rollback, both the automatic one and the one that RollbackStack asks for."""
    put_around("ContinueUpdateRollback", continue_update_rollback)
    put_around("DescribeStackEvents", describe_stack_events)
    put_around(EVERY, show_rollbacks)


async def continue_update_rollback(parameters: Parameters, act: Action) -> Answer:
    """Answer ContinueUpdateRollback: ForceRollback skips what could not be rolled back; an empty list skips nothing."""
    others = {name: given for name, given in parameters.items() if not name.startswith("ResourcesToSkip")}
    skipped = [each for name, given in parameters.items() if name not in others for each in given if each]
    stack = stack_of(parameters) or {}
    if value(parameters, "ForceRollback") == "true":
        if skipped:
            return refuse("ForceRollback and ResourcesToSkip cannot be specified in the same request.")
        skipped = _not_rolled_back(stack)
    answer = await act(others | ({"ResourcesToSkip": skipped} if skipped else {}))
    if answer[0] < 400:
        stack["_skipped"] = {*stack.get("_skipped", ()), *skipped}
        for logical in skipped:
            stack["_resources"][logical]["ResourceStatus"] = "UPDATE_COMPLETE"
    return answer


async def describe_stack_events(parameters: Parameters, act: Action) -> Answer:
    """Answer DescribeStackEvents, with CloudFormation's words for what was skipped."""
    status, headers, body = await act(parameters)
    return status, headers, body.replace(_SKIPPED_BY_MINISTACK, _SKIPPED)


async def show_rollbacks(parameters: Parameters, act: Action) -> Answer:
    """Answer any action, to which a stack has the resources that could not be rolled back."""
    for stack in stacks_by_name().values():
        complete(stack)
    return await act(parameters)


def complete(stack: Stack) -> None:
    """Have a stack whose rollback failed show the resources that failed."""
    if stack["StackStatus"] == "ROLLBACK_FAILED":
        _keep(stack)
    elif stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        for logical in _not_rolled_back(stack):
            stack["_resources"][logical]["ResourceStatus"] = "UPDATE_FAILED"


def remember_creation(stack: Stack, change_set: Stack) -> None:
    """Remember the template that a change set creates a stack from: it says what a deletion retains."""
    stack["_created_from"] = {name: change_set[name] for name in ("_template", "_resolved_params")}


def _not_rolled_back(stack: Stack) -> list[str]:
    failed, skipped = stack.get("_rollback_failed", {}), stack.get("_skipped", ())
    return [logical for logical in failed if "RevertTo" in failed[logical] and logical not in skipped]


def _keep(stack: Stack) -> None:
    """Keep what could not be deleted, and the template."""
    failed = {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "the rollback could not delete it"}
    for logical, record in stack.get("_rollback_failed", {}).items():
        made = {"LogicalResourceId": logical, "Attributes": {}, "Timestamp": stack["LastUpdatedTime"]}
        stack["_resources"].setdefault(logical, made | record | failed)
    stack.update(stack.pop("_created_from", {}))
