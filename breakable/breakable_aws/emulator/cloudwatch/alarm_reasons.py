"""Says in CloudWatch's manner why an alarm has the state it has."""

from datetime import UTC, datetime
from typing import Any

from .alarm_definition import COMPARISONS, NOT_BREACHING, AlarmDefinition
from .alarm_evaluation import ALARM, INSUFFICIENT_DATA, AlarmVerdict, DataPoint, is_filled_in


def reason(alarm: AlarmDefinition, verdict: AlarmVerdict) -> str:
    """Return the text for people."""
    if verdict.state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_counted(verdict.filled, 'datapoint')} {_were(verdict.filled)} unknown."
    if not verdict.points:
        periods = _counted(verdict.filled, "period")
        return f"Threshold Crossed: no datapoints were received for {periods} and {_treated(alarm, verdict)}."
    return f"Threshold Crossed: {_crossed(alarm, verdict)}."


def reason_data(alarm: AlarmDefinition, verdict: AlarmVerdict, now: float) -> dict[str, Any]:
    """Return what programs read: the data points that were judged."""
    start = {"startDate": timestamp(verdict.points[0].start)} if verdict.points else {}
    return {
        "version": "1.0",
        "queryDate": timestamp(now),
        **start,
        "statistic": alarm.statistic,
        "period": alarm.period,
        "recentDatapoints": [point.value for point in verdict.points],
        "threshold": alarm.threshold,
        "evaluatedDatapoints": [
            {"timestamp": timestamp(point.start), "sampleCount": point.count, "value": point.value}
            for point in reversed(verdict.points)
        ],
    }


def timestamp(epoch: float) -> str:
    """Return a moment as CloudWatch writes it into messages and reasons."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _crossed(alarm: AlarmDefinition, verdict: AlarmVerdict) -> str:
    alarming = verdict.state == ALARM
    decisive = [point for point in verdict.points if _breaches(alarm, point) == alarming]
    shown = ", ".join(map(_shown, decisive))
    verb = _were(len(decisive)) + ("" if alarming else " not")
    out_of = f"{len(decisive)} out of the last {len(verdict.points)} datapoints [{shown}]"
    compared = f"{verb} {COMPARISONS[alarm.comparison][1]} the threshold ({alarm.threshold})"
    filled = f" and {_treated(alarm, verdict)}" if verdict.filled and is_filled_in(alarm) else ""
    return f"{out_of} {compared}{filled} ({_minimum(alarm, alarming)})"


def _minimum(alarm: AlarmDefinition, alarming: bool) -> str:
    needed = alarm.datapoints_to_alarm
    if alarming:
        return f"minimum {_counted(needed, 'datapoint')} for OK -> ALARM transition"
    needed = alarm.evaluation_periods - needed + 1
    return f"minimum {_counted(needed, 'datapoint')} for ALARM -> OK transition"


def _treated(alarm: AlarmDefinition, verdict: AlarmVerdict) -> str:
    treatment = "NonBreaching" if alarm.treat_missing == NOT_BREACHING else "Breaching"
    missing = _counted(verdict.filled, "missing datapoint")
    return f"{missing} {_were(verdict.filled)} treated as [{treatment}]"


def _breaches(alarm: AlarmDefinition, point: DataPoint) -> bool:
    return point.value is not None and alarm.breaches(point.value)


def _shown(point: DataPoint) -> str:
    return f"{point.value} ({datetime.fromtimestamp(point.start, UTC).strftime('%d/%m/%y %H:%M:%S')})"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
