"""A stack in review, which has change sets and no resources yet, stays the same stack with each further change set."""

from __future__ import annotations

from ministack.services import cloudformation

from breakable_aws.emulator.answers import Answer

from .stack_actions import Action, Parameters, Stack


def create_change_set(parameters: Parameters, act: Action, stack: Stack) -> Answer:
    """Answer CreateChangeSet for a stack in review: ministack makes another stack of that name, which is undone."""
    answer = act(parameters)
    made = cloudformation._stacks.get(stack["StackName"])
    cloudformation._stacks[stack["StackName"]] = stack
    if answer[0] >= 400 or made is None:
        return answer
    _move(made, stack)
    status, headers, body = answer
    return status, headers, body.replace(made["StackId"].encode(), stack["StackId"].encode())


def _move(made: Stack, stack: Stack) -> None:
    stack["Tags"] = made["Tags"]
    cloudformation._stack_events.pop(made["StackId"], None)
    for change_set in cloudformation._change_sets.values():
        if change_set["StackId"] == made["StackId"]:
            change_set["StackId"] = stack["StackId"]
