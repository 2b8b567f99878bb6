"""CloudFormation's actions at its API, each of which can get something put around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

Parameters = dict[str, Any]
"""A request's parameters in the query protocol: each name has a list of values."""

Action = Callable[[Parameters], Answer]
"""Answers a request."""

Stack = dict[str, Any]
"""A stack as ministack keeps it."""


def put_around(name: str, around: Callable[[Parameters, Action], Answer]) -> None:
    """Have a function answer an action; it gets the parameters and what answered the action before."""
    actions = cloudformation._ACTION_HANDLERS
    before = actions[name]
    replace(cloudformation, "_ACTION_HANDLERS", actions | {name: lambda parameters: around(parameters, before)})


def value(parameters: Parameters, name: str) -> str:
    """Return a parameter's value, empty if it is not given."""
    found: str = helpers._p(parameters, name)
    return found


def stack_of(parameters: Parameters) -> Stack | None:
    """Return the stack that a request names, by its name or its id; a deleted one only by its id."""
    found: Stack | None = handlers._resolve_stack(value(parameters, "StackName"))
    return found


def refuse(message: str, code: str = "ValidationError") -> Answer:
    """Return the answer that refuses a request."""
    answer: Answer = helpers._error(code, message)
    return answer
