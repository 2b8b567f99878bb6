"""Answers what begins a stack's operation once it has ended, if that takes no longer than a moment.

CloudFormation answers at once, and so does ministack. The CDK CLI then looks; if the stack is still at work, it looks
again five seconds later. Here most operations take less than one second.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs

from ministack.services import cloudformation

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

from .stack_actions import Stack, stack_of

PATIENCE = 4.0
"""The longest wait, in seconds: less than the time that the CDK CLI lets pass between two looks."""

_LOOK = 0.02
_BEGIN = {"ExecuteChangeSet", "DeleteStack"}

_handle_request = cloudformation.handle_request


def install() -> None:
    """Hold the answer to ExecuteChangeSet and DeleteStack back."""
    replace(cloudformation, "handle_request", handle_request)


async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
    """Answer a CloudFormation API request."""
    parameters = parse_qs(body.decode(errors="replace")) if method == "POST" else {}
    begins = parameters.get("Action", [""])[0] in _BEGIN
    stack = stack_of(parameters) if begins else None
    answer: Answer = await _handle_request(method, path, headers, body, query)
    if stack is not None:
        await _rest(stack)
    return answer


async def _rest(stack: Stack) -> None:
    end = time.monotonic() + PATIENCE
    while stack["StackStatus"].endswith("_IN_PROGRESS") and time.monotonic() < end:
        await asyncio.sleep(_LOOK)
