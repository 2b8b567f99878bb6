"""A rolled back creation keeps in the stack what it could not delete, so that a deletion tries it again.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html`, ROLLBACK_FAILED.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import handlers, stacks

from .answers import Answer
from .hooks import replace
from .stack_actions import Action, Parameters, Stack, put_around

_roll_back = stacks._roll_back_operation


def install() -> None:
    """Replace the rollback, both the automatic one and the one that RollbackStack asks for."""
    put_around("ContinueUpdateRollback", continue_update_rollback)
    replace(stacks, "_roll_back_operation", roll_back)
    replace(handlers, "_roll_back_operation", roll_back)


def continue_update_rollback(parameters: Parameters, act: Action) -> Answer:
    """Answer ContinueUpdateRollback; an empty list of what to skip, which the CDK CLI sends, skips nothing."""
    return act({name: given for name, given in parameters.items() if (name, given) != ("ResourcesToSkip", [""])})


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


def _keep(stack: Stack, made: Mapping[str, Any], operation: Mapping[str, Any]) -> None:
    """Keep what could not be deleted, and the template, which says what a deletion retains."""
    for logical in stack["_rollback_failed"]:
        failed = {"ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "the rollback could not delete it"}
        stack["_resources"][logical] = made[logical] | failed
    stack["_template"], stack["_resolved_params"] = operation["template"], operation["param_values"]
