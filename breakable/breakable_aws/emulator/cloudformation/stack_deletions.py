"""DeleteStack while something else goes on: it cuts a creation short, and is refused during an update or a rollback.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base.hooks import replace

from .stack_actions import Action, Parameters, put_around, refuse, stack_of

_UNTIL_NEXT_LOOK = 0.02

_delete = handlers._delete_stack_async
_deploy = stacks._deploy_stack_async
_deploying: set[str] = set()


def install() -> None:
    """Replace the deletion, and have creations take notice of it."""
    put_around("DeleteStack", delete_stack)
    replace(handlers, "_delete_stack_async", delete)
    replace(stacks, "_deploy_stack_async", deploy)
    replace(handlers, "_deploy_stack_async", deploy)
    replace(changesets, "_deploy_stack_async", deploy)
    provision = stacks._provision_resource

    def provision_unless_deleted(resource_type: str, logical: str, properties: Mapping[str, Any], stack: str) -> Any:
        if is_being_deleted(stack):
            raise RefusedError("Resource creation cancelled")
        return provision(resource_type, logical, properties, stack)

    replace(stacks, "_provision_resource", provision_unless_deleted)


def delete_stack(parameters: Parameters, act: Action) -> Answer:
    """Answer DeleteStack: refuse it while an update or a rollback goes on, and begin it only once."""
    stack = stack_of(parameters)
    status = stack["StackStatus"] if stack else ""
    if stack is None or stack.get("EnableTerminationProtection") or not status.endswith("_IN_PROGRESS"):
        return act(parameters)
    if status == "DELETE_IN_PROGRESS":
        return 200, {"Content-Type": "text/xml"}, b"<DeleteStackResponse/>"
    if status in ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"):
        return act(parameters)
    return refuse(f"Stack [{stack['StackId']}] cannot be deleted while in status {status}")


def is_being_deleted(stack: str) -> bool:
    """Tell whether the deletion of a stack was asked for while it is created."""
    found = cloudformation._stacks.get(stack) or {}
    return bool(found.get("_delete_requested"))


async def delete(name: str, identifier: str, retain_resources: Any = (), force: bool = False) -> None:
    """Delete a stack, as soon as the creation that goes on has come to its end."""
    stack = cloudformation._stacks.get(name)
    if stack and identifier in _deploying:
        stack["_delete_requested"], stack["StackStatus"] = True, "DELETE_IN_PROGRESS"
        while identifier in _deploying:
            await asyncio.sleep(_UNTIL_NEXT_LOOK)
    await _delete(name, identifier, retain_resources, force=force)


async def deploy(name: str, identifier: str, *arguments: Any, **more: Any) -> None:
    """Create or update a stack, and remember meanwhile that this goes on."""
    _deploying.add(identifier)
    try:
        await _deploy(name, identifier, *arguments, **more)
    finally:
        _deploying.discard(identifier)
