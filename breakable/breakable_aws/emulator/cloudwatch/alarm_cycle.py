"""Evaluates every alarm of every region again and again, by embedded time, whether or not data arrives.

A state that SetAlarmState gave holds until the next evaluation, as on AWS. Alarms that are not evaluated here (metric
math, Metrics Insights, anomaly bands) say so in their StateReason and keep what SetAlarmState gives them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from breakable_aws.clock import Clock
from breakable_aws.emulator.base.hooks import replace

from . import alarm_actions, composite_alarms
from .alarm_definition import AlarmDefinition, why_not_evaluated
from .alarm_evaluation import INSUFFICIENT_DATA, evaluate, reach
from .alarm_reasons import reason, reason_data
from .alarm_statistics import Sample
from .alarm_transitions import move

STEP_SECONDS = 10
"""How often all alarms are evaluated, in embedded seconds: the shortest period that an alarm can have."""

SHORTEST_PAUSE_SECONDS = 0.25
"""The real time between two evaluations, however fast embedded time runs."""

_log = logging.getLogger(__name__)


def install(clock: Clock) -> None:
    """Give CloudWatch the embedded time, and take the evaluation of alarms away from it."""
    replace(cloudwatch, "time", SimpleNamespace(time=clock.now))
    replace(cloudwatch, "_evaluate_alarm", lambda _alarm: None)
    alarm_actions.install()
    composite_alarms.install()


async def run(clock: Clock) -> None:
    """Evaluate all alarms at every tenth second of embedded time, for ever."""
    while True:
        try:
            evaluate_all()
        except Exception:
            _log.exception("the alarms were not evaluated")
        await asyncio.sleep(pause(clock))


def pause(clock: Clock) -> float:
    """Return how many real seconds to wait for the next evaluation."""
    return max(clock.real(STEP_SECONDS - clock.now() % STEP_SECONDS), SHORTEST_PAUSE_SECONDS)


def evaluate_all() -> None:
    """Evaluate the alarms of all accounts and regions, each on the metrics of its own, as of one moment."""
    now = cloudwatch.time.time()
    for account, region in sorted({key[:2] for key in list(cloudwatch._alarms._data)}):
        with request_scope(account, region):
            alarms = cloudwatch._alarms.values()
            composite_alarms.settle([alarm["AlarmName"] for alarm in alarms if _evaluated(alarm, now)])


def _evaluated(alarm: dict[str, Any], now: float) -> bool:
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


def _moves(alarm: dict[str, Any], definition: AlarmDefinition, now: float) -> bool:
    verdict = evaluate(definition, list(_samples(alarm, now - reach(definition))), now, alarm["StateValue"])
    if verdict.state == alarm["StateValue"]:
        return False
    move(alarm, verdict.state, reason(definition, verdict), reason_data(definition, verdict, now))
    return True


def _say(alarm: dict[str, Any], why_not: str) -> None:
    if alarm["StateValue"] == INSUFFICIENT_DATA and alarm["StateReason"] != why_not:
        alarm["StateReason"] = why_not
        _log.warning("alarm %s: %s", alarm["AlarmName"], why_not)


def _samples(alarm: dict[str, Any], since: float) -> Iterator[Sample]:
    """Yield what was published to exactly the alarm's metric: the same dimensions, no more and no fewer."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    for point in cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []:
        if point["Timestamp"] >= since:
            count, total, minimum, maximum = cloudwatch._point_stats(point)
            yield Sample(point["Timestamp"], count, total, minimum, maximum, point["Unit"])
