"""Latency-aware outlier detection: which region is far slower than the others, bodies included.

A region is compared with what the others need at the moment, so that a slow network of this host, or a slow S3, makes
no region an outlier. What is compared is the cost of an attempt: its seconds or, where its body is longer than 256 KiB,
its seconds for each 256 KiB.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from s3_failover.client.attempt import Attempt, Outcome
from s3_failover.client.ejection import Ejection

UNIT = 256 * 1024
"""Bytes of a body that may cost as much as a whole small request."""

_FRESH = 60.0
"""Seconds for which it counts what a region needed."""

_WEIGHT = 0.2
"""Of the last attempt in a region's moving average."""

_TIMED = frozenset({Outcome.SUCCESS, Outcome.DEADLINE, Outcome.CANCELLED})
"""Attempts that took at least so long; the others are failures already, or answers without a body."""


def units(attempt: Attempt) -> float:
    """Return how many units of a body an attempt has read, at least 1."""
    return max(attempt.bytes_read / UNIT, 1.0)


class Outliers:
    """What each region of a client needs, and which attempts were far slower.

    Args:
        regions: the names of the regions.
        ejection: how much slower that is.
    """

    def __init__(self, regions: Sequence[str], ejection: Ejection) -> None:
        self._factor = ejection.latency_factor
        self._minimum = ejection.latency_minimum
        # The moving average, and when it was changed last; regions that were not asked yet have none.
        self._costs: dict[str, tuple[float, float] | None] = dict.fromkeys(regions)

    def slower(self, attempt: Attempt) -> str | None:
        """Take an attempt; return what makes it an outlier, in words, or None if it is none."""
        if attempt.outcome not in _TIMED or self._factor is None:
            return None
        cost = attempt.duration / units(attempt)
        found = None
        if cost >= self._minimum:
            found = self._compared(attempt.region, cost)
        if attempt.outcome is Outcome.SUCCESS and not attempt.probe:
            self._learn(attempt.region, cost)
        return found

    def _learn(self, region: str, cost: float) -> None:
        now, known = time.monotonic(), self._costs[region]
        if known is None or now - known[1] > _FRESH:
            self._costs[region] = cost, now
        else:
            self._costs[region] = known[0] + _WEIGHT * (cost - known[0]), now

    def _compared(self, region: str, cost: float) -> str | None:
        since = time.monotonic() - _FRESH
        others = [known[0] for name, known in self._costs.items() if name != region and known and known[1] > since]
        if not others or self._factor is None:
            return None
        usual = statistics.median(others)
        if cost < self._factor * usual:
            return None
        return f"{cost:.2f} s for a request or each 256 KiB of its body, where the other regions need {usual:.3f} s"
