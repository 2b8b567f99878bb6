"""The states in which DNS and health checks are seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

UNKNOWN = "unknown"
HEALTHY, UNHEALTHY = "healthy", "unhealthy"
DISTRIBUTION, SECONDARY = "distribution", "secondary"


def verdict(observations: Iterable[Mapping[str, Any]]) -> str:
    """Return what the last probes of all checkers say together: more than 18 % are enough for healthy.

    The check itself turns later, when each checker has seen the same a threshold of times.
    """
    statuses = [observation["StatusReport"]["Status"] for observation in observations]
    if not statuses:
        return UNKNOWN
    healthy = sum(status.startswith("Success") for status in statuses)
    return HEALTHY if healthy / len(statuses) > 0.18 else UNHEALTHY
