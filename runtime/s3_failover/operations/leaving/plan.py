"""What leaving a region for good takes: each step with whether it is done, as it is seen, and what it waits for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from s3_failover.operations.leaving.fill import Filled
from s3_failover.operations.leaving.regions import Move
from s3_failover.results import Result, part


class Mark(StrEnum):
    """How a step stands."""

    DONE = "done"
    TODO = "to do"
    OWED = "owed"
    """It cannot be done now."""


@part
class LeaveStep:
    """One step, as it stands."""

    name: str
    """What it is about."""
    what: str
    """What it does."""
    mark: Mark
    """`done`, `to do`, or `owed`: it cannot be done now."""


class LeaveResult(Result):
    """What `evacuate --for-good` did, or would do."""

    site: str
    """The site's name."""
    moves: tuple[Move, ...]
    """The regions that are left; none where the file named the new ones already."""
    dry_run: bool
    """Whether nothing was changed."""
    steps: tuple[LeaveStep, ...]
    """All steps, in their order, as they stood at the end."""
    filled: Filled
    """What became of the objects that a new primary lacked."""
    replicated: int
    """How many objects were handed to replication, because a replica never had them."""
    owed: str
    """Why steps cannot be done now; empty if all can."""


@dataclass(frozen=True)
class LeaveAction:
    """A step: how to see that it is done, and how to do it.

    `after` are the steps that it waits for; `by_control_planes` is whether it needs IAM, CloudFront or Route 53 to take
    changes, which they do in us-east-1.
    """

    name: str
    what: str
    is_done: Callable[[], bool]
    do: Callable[[], None]
    after: tuple[str, ...] = ()
    by_control_planes: bool = False


def marked(steps: Iterable[LeaveAction], *, blocked: bool) -> dict[str, LeaveStep]:
    """Return how the steps stand, by name; `blocked` is whether the control planes in us-east-1 take no changes."""
    found: dict[str, LeaveStep] = {}
    waiting = list(steps)
    while waiting:
        step = next(each for each in waiting if not {other.name for other in waiting}.intersection(each.after))
        waiting.remove(step)
        found[step.name] = LeaveStep(step.name, step.what, _mark(step, found, blocked=blocked))
    return {step.name: found[step.name] for step in steps}


def _mark(step: LeaveAction, before: dict[str, LeaveStep], *, blocked: bool) -> Mark:
    if any(before[name].mark is Mark.OWED for name in step.after):
        return Mark.OWED
    if blocked and step.by_control_planes:
        return _seen(step, otherwise=Mark.OWED)
    if any(before[name].mark is Mark.TODO for name in step.after):
        # What it would look at is not there yet.
        return Mark.TODO
    return _seen(step, otherwise=Mark.TODO)


def _seen(step: LeaveAction, *, otherwise: Mark) -> Mark:
    return Mark.DONE if step.is_done() else otherwise
