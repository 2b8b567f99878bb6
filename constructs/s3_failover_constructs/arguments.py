"""Checks what callers pass.

An L2 refuses a wrong type by itself, because jsii stands between it and Python. Between Python and a construct of this
library stands nothing: an argument that is not checked takes the wrong branch without a word. Each check names the
argument, what it got, what it expected, and the way out.
"""

from enum import Enum
from typing import TypeVar

_Member = TypeVar("_Member", bound=Enum)


def member(argument: str, value: object, kind: type[_Member]) -> _Member:
    """Return the member of an enumeration that is meant: by itself, or by its value as the configuration spells it.

    Raises:
        ValueError: it is neither.
    """
    try:
        return kind(value)
    except ValueError:
        choices = " or ".join(f"{kind.__name__}.{each.name} ({each.value!r})" for each in kind)
        raise ValueError(refusal(argument, value, choices, "pass a member or its value")) from None


def refusal(argument: str, got: object, expected: str, remedy: str) -> str:
    """Return the message that refuses an argument, worded as the findings of a configuration are."""
    return f"{argument}: got {_shown(got)}, expected {expected}; {remedy}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
