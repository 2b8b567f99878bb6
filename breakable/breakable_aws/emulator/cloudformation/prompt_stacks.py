"""Answers what begins a stack's operation once it has ended, if that takes no longer than a moment.

CloudFormation answers at once, and so does ministack. The CDK CLI then looks; if the stack is still at work, it looks
again five seconds later. Here most operations take less than one second.
"""

import asyncio
import time

from breakable_aws.emulator.answers import Answer

from .stack_actions import Action, Parameters, put_around, stack_of

PATIENCE = 4.0
"""The longest wait, in seconds: less than the time that the CDK CLI lets pass between two looks."""

_LOOK = 0.02


def install() -> None:
    """Hold the answer to ExecuteChangeSet and DeleteStack back."""
    put_around("ExecuteChangeSet", answer_at_rest)
    put_around("DeleteStack", answer_at_rest)


async def answer_at_rest(parameters: Parameters, act: Action) -> Answer:
    """Answer an action when its stack is at rest, or patience has ended."""
    stack, end = stack_of(parameters), time.monotonic() + PATIENCE
    answer = await act(parameters)
    while stack is not None and stack["StackStatus"].endswith("_IN_PROGRESS") and time.monotonic() < end:
        await asyncio.sleep(_LOOK)
    return answer
