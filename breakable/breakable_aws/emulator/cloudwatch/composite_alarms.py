"""Evaluates composite alarms when their children have changed, and only then.

AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html`; that a state set by
SetAlarmState stays until a child changes: `API_SetAlarmState.html`. Rules are read by ministack's own parser, which
has the whole grammar.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ministack.services import cloudwatch

from breakable_aws.emulator.base.hooks import replace

from .alarm_order import children_first
from .alarm_reasons import timestamp
from .alarm_transitions import move


def install() -> None:
    """Evaluate parents here, also when SetAlarmState changes a child or a rule is put."""
    replace(cloudwatch, "_evaluate_parent_alarms", lambda child, _seen=frozenset(): settle([child["AlarmName"]]))


def settle(changed: Iterable[str]) -> None:
    """Evaluate, in the present account and region, the composite alarms above alarms that have changed.

    Args:
        changed: the names of the alarms whose state is another one now.
    """
    moved = set(changed)
    if not moved:
        return
    composites = dict(cloudwatch._composite_alarms.items())
    children = {name: cloudwatch._composite_children(alarm) for name, alarm in composites.items()}
    for name in children_first(children):
        causes = moved.intersection(children[name])
        if causes and _moves(composites[name], causes):
            moved.add(name)


def _moves(alarm: dict[str, Any], causes: set[str]) -> bool:
    state = cloudwatch._composite_rule_state(alarm)
    if state == alarm["StateValue"]:
        return False
    agreeing = [name for name in cloudwatch._matching_children(alarm, state) if name in causes]
    children = [_alarm(name) for name in agreeing or sorted(causes)]
    triggering = [_triggering(child) for child in children]
    move(alarm, state, _reason(children[0]), {"triggeringAlarms": triggering})
    return True


def _alarm(name: str) -> dict[str, Any]:
    found: dict[str, Any] = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms[name]
    return found


def _triggering(child: dict[str, Any]) -> dict[str, Any]:
    moment = timestamp(child["StateUpdatedTimestamp"])
    return {"arn": child["AlarmArn"], "state": {"value": child["StateValue"], "timestamp": moment}}


def _reason(child: dict[str, Any]) -> str:
    moment = datetime.fromtimestamp(child["StateUpdatedTimestamp"], UTC).strftime("%A %d %B, %Y %H:%M:%S")
    return f"{child['AlarmArn']} transitioned to {child['StateValue']} at {moment} UTC"
