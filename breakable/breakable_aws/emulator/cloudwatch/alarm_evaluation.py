"""Judges an alarm as CloudWatch does: by time, over more data points than it needs, filling in as few as it can.

AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html` and
`https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html`. How many more data points
CloudWatch retrieves is published only for the guide's examples (two more); here it is two more for every alarm. The
delay of ingestion is not imitated: a data point counts as soon as its period is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .alarm_definition import BREACHING, IGNORE, MISSING, NOT_BREACHING, AlarmDefinition
from .alarm_statistics import Sample, statistic

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"
_EXTRA_POINTS = 2
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_HIGH_RESOLUTION_STEP = 10


@dataclass(frozen=True)
class DataPoint:
    """The statistic of one period; None when nothing was published in it."""

    start: float
    value: float | None
    count: float = 0


@dataclass(frozen=True)
class AlarmVerdict:
    """What an evaluation came to."""

    state: str
    """The state the alarm must have now."""
    points: tuple[DataPoint, ...]
    """The real data points that decided, the oldest first."""
    filled: int
    """How many missing data points were treated as something."""


def evaluate(alarm: AlarmDefinition, samples: Sequence[Sample], now: float, state: str) -> AlarmVerdict:
    """Return the state that an alarm must have.

    `state` is the one that it has; `now` is in epoch seconds.
    """
    return judge(alarm, data_points(alarm, samples, now), state)


def data_points(alarm: AlarmDefinition, samples: Sequence[Sample], now: float) -> list[DataPoint]:
    """Return the data points of the evaluation range, the oldest first.

    Periods are no fixed slots: they end with the last whole minute, so a five-minute alarm slides minute by minute.
    """
    end = now // _step(alarm) * _step(alarm)
    count = alarm.evaluation_periods + _EXTRA_POINTS
    starts = [end - age * alarm.period for age in range(count, 0, -1)]
    matching = [sample for sample in samples if alarm.unit in (None, sample.unit)]
    return [_data_point(alarm, start, matching) for start in starts]


def reach(alarm: AlarmDefinition) -> int:
    """Return how many seconds back published data can still matter."""
    return (alarm.evaluation_periods + _EXTRA_POINTS) * alarm.period + _step(alarm)


def judge(alarm: AlarmDefinition, points: Sequence[DataPoint], state: str) -> AlarmVerdict:
    """Return what the data points of an evaluation range, the oldest first, come to."""
    real = tuple(point for point in points if point.value is not None)[-alarm.evaluation_periods :]
    filled = alarm.evaluation_periods - len(real)
    breaching = sum(alarm.breaches(point.value) for point in real if point.value is not None)
    if filled and alarm.treat_missing == BREACHING:
        breaching += filled
    if breaching >= alarm.datapoints_to_alarm:
        return AlarmVerdict(ALARM, real, filled)
    undecided = breaching == len(real) and filled > 0
    if undecided and alarm.treat_missing == IGNORE:
        return AlarmVerdict(state, real, filled)
    if undecided and alarm.treat_missing == MISSING:
        return AlarmVerdict(_only_breaching(alarm, points), real, filled)
    return AlarmVerdict(OK, real, filled)


def is_filled_in(alarm: AlarmDefinition) -> bool:
    """Tell whether missing data points count as breaching or as not breaching."""
    return alarm.treat_missing in (BREACHING, NOT_BREACHING)


def _only_breaching(alarm: AlarmDefinition, points: Sequence[DataPoint]) -> str:
    """Decide on nothing but breaching data points, too few of them, where missing ones are left missing.

    They make an alarm once the oldest is so old that no later one could have prevented it.
    """
    ages = [len(points) - index for index, point in enumerate(points) if point.value is not None]
    return ALARM if max(ages, default=0) >= alarm.datapoints_to_alarm else INSUFFICIENT_DATA


def _data_point(alarm: AlarmDefinition, start: float, samples: Sequence[Sample]) -> DataPoint:
    inside = [sample for sample in samples if start <= sample.timestamp < start + alarm.period]
    return DataPoint(start, statistic(alarm.statistic, inside), sum(sample.count for sample in inside))


def _step(alarm: AlarmDefinition) -> int:
    """Return how often CloudWatch looks: every minute, every 10 seconds below that, hourly for ranges over a day."""
    if alarm.period < _MINUTE:
        return _HIGH_RESOLUTION_STEP
    return _HOUR if alarm.period * alarm.evaluation_periods > _DAY else _MINUTE
