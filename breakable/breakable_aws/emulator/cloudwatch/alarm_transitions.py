"""Moves an alarm from one state to another: what DescribeAlarms and DescribeAlarmHistory show, and the actions."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import cloudwatch

from . import alarm_actions


def move(alarm: dict[str, Any], state: str, reason: str, data: dict[str, Any]) -> None:
    """Give an alarm a new state, at the present embedded time.

    Args:
        alarm: ministack's record of the alarm.
        state: the new state.
        reason: why, for people.
        data: why, for programs.
    """
    old = alarm["StateValue"]
    now = cloudwatch.time.time()
    alarm |= {
        "StateValue": state,
        "StateReason": reason,
        "StateReasonData": json.dumps(data),
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
    }
    kind = "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm"
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason, kind, data)
    alarm_actions.carry_out(alarm, old, state, reason)
