"""DeleteStack while something else goes on: it cuts a creation short, and is refused during an update or a rollback.

A creation that is cut short fails with its next resource and is rolled back; then the stack is deleted. From the
request on the stack is DELETE_IN_PROGRESS.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html`.
"""

import asyncio

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.cloudformation import stacks_by_name

from . import rollbacks
from .stack_actions import EVERY, Action, Parameters, Stack, put_around, refuse, stack_of

_DELETING = "DELETE_IN_PROGRESS"
_UNTIL_NEXT_LOOK = 0.02

_waiting: dict[str, tuple[Parameters, Action]] = {}
"""The deletions that wait for the end of a creation, by the id of the stack."""

_tasks: set[asyncio.Task[None]] = set()


def install() -> None:
    """Put the deletions in front, and have all other actions see what they are at."""
    put_around("DeleteStack", delete_stack)
    put_around(EVERY, show_deletions)


async def delete_stack(parameters: Parameters, act: Action) -> Answer:
    """Answer DeleteStack: refuse it while an update or a rollback goes on, and begin it only once."""
    stack = stack_of(parameters)
    status = stack["StackStatus"] if stack else ""
    if stack is None or stack.get("EnableTerminationProtection") or not status.endswith("_IN_PROGRESS"):
        return await act(parameters)
    if status == _DELETING:
        return 200, {"content-type": "text/xml"}, b"<DeleteStackResponse/>"
    only_failed = any(name.startswith(("RetainResources", "DeletionMode")) for name in parameters)
    if status == "REVIEW_IN_PROGRESS" or (status == "CREATE_IN_PROGRESS" and only_failed):
        return await act(parameters)
    if status != "CREATE_IN_PROGRESS":
        return refuse(f"Stack [{stack['StackId']}] cannot be deleted while in status {status}")
    _waiting[stack["StackId"]], stack["StackStatus"] = (parameters, act), _DELETING
    task = asyncio.create_task(_delete_when_created(stack))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return 200, {"content-type": "text/xml"}, b"<DeleteStackResponse/>"


async def show_deletions(parameters: Parameters, act: Action) -> Answer:
    """Answer any action, to which a stack whose deletion waits is being deleted."""
    for stack in [each for each in stacks_by_name().values() if each["StackId"] in _waiting]:
        if stack["StackStatus"].endswith("_IN_PROGRESS"):
            stack["StackStatus"] = _DELETING
        else:
            await _go_on(stack)
    return await act(parameters)


def is_being_deleted(stack: str) -> bool:
    """Tell whether the deletion of a stack, by its name, was asked for while it is created."""
    return (stacks_by_name().get(stack) or {}).get("StackId") in _waiting


async def _delete_when_created(stack: Stack) -> None:
    while stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackId"] in _waiting:
        await asyncio.sleep(_UNTIL_NEXT_LOOK)
    await _go_on(stack)


async def _go_on(stack: Stack) -> None:
    if waiting := _waiting.pop(stack["StackId"], None):
        parameters, act = waiting
        rollbacks.complete(stack)
        stack["StackStatus"] = _DELETING
        await act(parameters)
