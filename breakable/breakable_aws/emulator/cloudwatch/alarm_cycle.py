"""Evaluates every alarm of every region again and again, by embedded time, whether or not data arrives.

A state that SetAlarmState gave holds until the next evaluation, as on AWS. Alarms that are not evaluated here (metric
math, Metrics Insights, anomaly bands) say so in their StateReason and keep what SetAlarmState gives them.
"""

import asyncio
import logging

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.base import cloudwatch

from . import alarm_store, composite_alarms
from .alarm_definition import AlarmDefinition, why_not_evaluated
from .alarm_evaluation import INSUFFICIENT_DATA, evaluate, reach
from .alarm_reasons import reason, reason_data
from .alarm_store import METRIC, Alarm
from .alarm_transitions import move
from .metrics import samples

STEP_SECONDS = 10
"""How often all alarms are evaluated, in embedded seconds: the shortest period that an alarm can have."""

SHORTEST_PAUSE_SECONDS = 0.25
"""The real time between two evaluations, however fast embedded time runs."""

_log = logging.getLogger(__name__)


async def run(clock: EmbeddedClock) -> None:
    """Evaluate all alarms at every tenth second of embedded time, for ever."""
    while True:
        try:
            evaluate_all()
        except Exception:
            _log.exception("the alarms were not evaluated")
        await asyncio.sleep(pause(clock))


def pause(clock: EmbeddedClock) -> float:
    """Return how many real seconds to wait for the next evaluation."""
    return max(clock.real(STEP_SECONDS - clock.now() % STEP_SECONDS), SHORTEST_PAUSE_SECONDS)


def evaluate_all() -> None:
    """Evaluate the alarms of all accounts and regions, each on the metrics of its own, as of one moment."""
    now = cloudwatch.now()
    for store in alarm_store.each():
        changed = [alarm["AlarmName"] for alarm in store.of_kind(METRIC) if _evaluated(alarm, now)]
        composite_alarms.settle(changed)


def _evaluated(alarm: Alarm, now: float) -> bool:
    """Evaluate one alarm; tell whether its state changed."""
    try:
        why_not = why_not_evaluated(alarm)
        if why_not:
            _say(alarm, why_not)
            return False
        return _moves(alarm, AlarmDefinition.of(alarm), now)
    except Exception:
        # One alarm that cannot be judged must not end the process, nor the evaluation of the others.
        _log.exception("the alarm %s was not evaluated", alarm.get("AlarmName"))
        return False


def _moves(alarm: Alarm, definition: AlarmDefinition, now: float) -> bool:
    verdict = evaluate(definition, list(samples(alarm, now - reach(definition))), now, alarm["StateValue"])
    if verdict.state == alarm["StateValue"]:
        return False
    move(alarm, verdict.state, reason(definition, verdict), reason_data(definition, verdict, now))
    return True


def _say(alarm: Alarm, why_not: str) -> None:
    if alarm["StateValue"] == INSUFFICIENT_DATA and alarm["StateReason"] != why_not:
        alarm["StateReason"] = why_not
        _log.warning("alarm %s: %s", alarm["AlarmName"], why_not)
