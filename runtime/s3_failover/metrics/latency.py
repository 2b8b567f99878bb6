"""Durations in buckets: as many as CloudWatch takes in one call, wide enough for any request, and easy to add up.

Bucket n holds what is at least `SMALLEST` x `GROWTH` ** n: 150 of them reach from a tenth of a millisecond to more than
an hour. What a bucket stands for is its middle, at most 6 % from what was measured.
"""

import math

BUCKETS = 150
"""Unique values that one PutMetricData datum may have (CloudWatch API reference, MetricDatum)."""
GROWTH = 1.125
SMALLEST = 0.0001
"""Seconds."""

_PER_E = 1 / math.log(GROWTH)
_OFFSET = -math.log(SMALLEST) * _PER_E


def bucket(seconds: float) -> int:
    """Return the bucket of a duration."""
    if seconds <= SMALLEST:
        return 0
    return min(int(math.log(seconds) * _PER_E + _OFFSET), BUCKETS - 1)


def milliseconds(index: int) -> float:
    """Return what a bucket stands for: its geometric middle, to four digits."""
    return float(f"{SMALLEST * 1000 * GROWTH ** (index + 0.5):.4g}")
