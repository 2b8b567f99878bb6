"""CloudWatch's statistics of what was published in one period."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_KNOWN = re.compile(r"SampleCount|Average|Sum|Minimum|Maximum|p\d+(\.\d+)?")


@dataclass(frozen=True)
class Sample:
    """What one PutMetricData said about one moment: a value seen so many times, or a statistic set."""

    timestamp: float
    count: float
    total: float
    minimum: float
    maximum: float
    unit: str = "None"


def is_known(name: str) -> bool:
    """Tell whether a statistic can be computed here; trimmed means and their kin cannot."""
    return _KNOWN.fullmatch(name) is not None


def statistic(name: str, samples: Sequence[Sample]) -> float | None:
    """Return a statistic, or None when there is no data for it.

    The names are those of `AlarmDefinition.statistic`.
    """
    count = sum(sample.count for sample in samples)
    if not count:
        return None
    if name.startswith("p"):
        return _percentile(float(name[1:]), samples)
    total = sum(sample.total for sample in samples)
    return {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min(sample.minimum for sample in samples),
        "Maximum": max(sample.maximum for sample in samples),
    }[name]


def _percentile(rank: float, samples: Sequence[Sample]) -> float | None:
    """Interpolate between the two nearest ranks; there is none of negative values nor of mixed statistic sets.

    AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html`.
    """
    if any(sample.minimum < 0 or sample.minimum != sample.maximum for sample in samples):
        return None
    ordered = sorted(samples, key=lambda sample: sample.minimum)
    position = rank / 100 * (sum(sample.count for sample in ordered) - 1)
    below = _at(ordered, int(position))
    return below + (position - int(position)) * (_at(ordered, int(position) + 1) - below)


def _at(ordered: Sequence[Sample], index: int) -> float:
    seen = 0.0
    for sample in ordered:
        seen += sample.count
        if index < seen:
            return sample.minimum
    return ordered[-1].minimum
