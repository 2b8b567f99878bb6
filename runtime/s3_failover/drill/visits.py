"""What viewers got."""

from dataclasses import dataclass
from enum import StrEnum

from s3_failover.drill.states import Leg


class VisitOutcome(StrEnum):
    """What a viewer got."""

    OK = "ok"
    STALE = "stale"
    MISSING = "missing"
    WRONG = "wrong"
    FAILED = "failed"


SERVED = (VisitOutcome.OK, VisitOutcome.STALE, VisitOutcome.MISSING)
"""Outcomes in which a leg did its work: old or no bytes of what was published last are replication's, not its."""


@dataclass(frozen=True)
class Visit:
    """One request of a viewer, in embedded time.

    `leg` is where DNS had led the viewer; `detail` is the HTTP status, or why there was none.
    """

    began: float
    ended: float
    leg: Leg
    outcome: VisitOutcome
    detail: str
