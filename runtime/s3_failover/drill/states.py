"""The states in which DNS and health checks are seen."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any


class Leg(StrEnum):
    """Where DNS leads viewers."""

    DISTRIBUTION = "distribution"
    """By the PRIMARY record, to the distribution."""
    SECONDARY = "secondary"
    """By the SECONDARY record, to what serves in an outage."""
    ELSEWHERE = "elsewhere"
    """To neither, or nowhere."""
    UNKNOWN = "unknown"
    """There was no answer, or one that does not tell."""

    @property
    def record(self) -> str:
        """What `status` calls it: `primary`, after the record, where it is the distribution."""
        return "primary" if self is Leg.DISTRIBUTION else self.value


UNKNOWN, DISTRIBUTION, SECONDARY = Leg.UNKNOWN, Leg.DISTRIBUTION, Leg.SECONDARY
HEALTHY, UNHEALTHY = "healthy", "unhealthy"


def verdict(observations: Iterable[Mapping[str, Any]]) -> str:
    """Return what the last probes of all checkers say together: more than 18 % are enough for healthy.

    The check itself turns later, when each checker has seen the same a threshold of times.
    """
    statuses = [observation["StatusReport"]["Status"] for observation in observations]
    if not statuses:
        return UNKNOWN
    healthy = sum(status.startswith("Success") for status in statuses)
    return HEALTHY if healthy / len(statuses) > 0.18 else UNHEALTHY
