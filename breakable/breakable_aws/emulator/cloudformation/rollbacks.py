"""A rolled back creation keeps in the stack what it could not delete, so that a deletion tries it again.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html`, ROLLBACK_FAILED.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

from .stack_actions import Action, Parameters, Stack, put_around, refuse, stack_of, value

_SKIPPED = "Resource skipped during UpdateRollback"
"""The words by which the CDK CLI knows what was skipped."""

_go_on = handlers._continue_update_rollback_async
_roll_back = stacks._roll_back_operation


def install() -> None:
    """Replace the rollback, both the automatic one and the one that RollbackStack asks for."""
    put_around("ContinueUpdateRollback", continue_update_rollback)
    replace(handlers, "_continue_update_rollback_async", go_on)
    replace(stacks, "_roll_back_operation", roll_back)
    replace(handlers, "_roll_back_operation", roll_back)


def continue_update_rollback(parameters: Parameters, act: Action) -> Answer:
    """Answer ContinueUpdateRollback: ForceRollback skips what could not be rolled back; an empty list skips nothing."""
    others = {name: given for name, given in parameters.items() if not name.startswith("ResourcesToSkip")}
    skipped = [each for name, given in parameters.items() if name not in others for each in given if each]
    if value(parameters, "ForceRollback") != "true":
        return act(others | ({"ResourcesToSkip": skipped} if skipped else {}))
    if skipped:
        return refuse("ForceRollback and ResourcesToSkip cannot be specified in the same request.")
    return act(others | {"ResourcesToSkip": _not_rolled_back(stack_of(parameters) or {})})


async def go_on(name: str, identifier: str, skipped: Collection[str]) -> None:
    """Continue a rollback; what it skips counts as updated from now on."""
    for logical in skipped:
        record = cloudformation._stacks[name]["_resources"].get(logical, {})
        record["ResourceStatus"] = "UPDATE_COMPLETE"
    before = len(cloudformation._stack_events[identifier])
    await _go_on(name, identifier, skipped)
    for event in cloudformation._stack_events[identifier][before:]:
        if event["LogicalResourceId"] in skipped:
            event["ResourceStatusReason"] = _SKIPPED


async def roll_back(
    name: str, identifier: str, stack: Stack, operation: Mapping[str, Any], reason_override: str = ""
) -> None:
    """Roll a failed operation back, unless the stack's deletion has begun and takes care of everything."""
    if stack.get("_delete_requested"):
        return
    made = dict(stack.get("_resources", {}))
    await _roll_back(name, identifier, stack, operation, reason_override)
    if stack["StackStatus"] == "ROLLBACK_FAILED":
        _keep(stack, made, operation)
    for logical in _not_rolled_back(stack):
        stack["_resources"][logical]["ResourceStatus"] = "UPDATE_FAILED"


def _not_rolled_back(stack: Stack) -> list[str]:
    return [logical for logical, failed in stack.get("_rollback_failed", {}).items() if "RevertTo" in failed]


def _keep(stack: Stack, made: Mapping[str, Any], operation: Mapping[str, Any]) -> None:
    """Keep what could not be deleted, and the template, which says what a deletion retains."""
    for logical in stack["_rollback_failed"]:
        failed = {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "the rollback could not delete it"}
        stack["_resources"][logical] = made[logical] | failed
    stack["_template"], stack["_resolved_params"] = operation["template"], operation["param_values"]
