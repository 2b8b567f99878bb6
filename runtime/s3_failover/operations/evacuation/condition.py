"""One thing that must be true before viewers return."""

from enum import StrEnum
from typing import Any

from s3_failover.results import Result, part


class Met(StrEnum):
    """Whether a condition is met."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@part
class Condition:
    """One thing that must be true before viewers return."""

    title: str
    """What must be true."""
    met: Met
    """`met`, `not met` or `unknown`."""
    seen: str
    """What was seen."""
    todo: str = ""
    """What to do about it; empty where it is met."""
    objects: tuple[str, ...] = ()
    """The objects or alarms that it is about; the first 20, if they are many."""


class ReturnResult(Result):
    """Whether viewers may return, and whether `return` brought them back."""

    site: str
    """The site's name."""
    ready: bool
    """Whether every condition is met."""
    conditions: tuple[Condition, ...]
    """What must be true, in the order in which to look at it."""
    steps: tuple[str, ...]
    """What to do, in this order; commands stand in lines of their own."""
    evacuation: dict[str, Any] | None
    """Who evacuated viewers to the secondary; null if they are not evacuated, or it is unknown."""
    returned: bool
    """Whether this run ended the evacuation."""
