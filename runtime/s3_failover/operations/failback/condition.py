"""One thing that must be true before viewers return."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Met(StrEnum):
    """Whether a condition is met."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Condition:
    """One thing that must be true before viewers return.

    Attributes:
        title: what must be true.
        met: whether it is.
        seen: what was seen.
        todo: what to do about it; empty where it is met.
        objects: the objects that it is about, where it is about some; not all, if they are many.
    """

    title: str
    met: Met
    seen: str
    todo: str = ""
    objects: tuple[str, ...] = ()
