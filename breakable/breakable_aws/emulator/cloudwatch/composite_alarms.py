"""Evaluates composite alarms when their children have changed, and only then.

AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html`; that a state set by
SetAlarmState stays until a child changes: `API_SetAlarmState.html`.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from breakable_aws.emulator.base.cloudwatch import parsed_rule

from .alarm_reasons import timestamp
from .alarm_store import COMPOSITE, Alarm, here, name_in
from .alarm_transitions import move
from .composite_rules import agreeing, children_first, is_true, references


def children_of(alarm: Alarm) -> list[str]:
    """Return the names of the alarms in a composite alarm's rule, each once."""
    return list(dict.fromkeys(name for name in map(name_in, references(parsed_rule(alarm["AlarmRule"]))) if name))


def state_of(alarm: Alarm) -> str:
    """Return the state that a composite alarm's rule comes to."""
    return "ALARM" if is_true(parsed_rule(alarm["AlarmRule"]), _state) else "OK"


def begin(alarm: Alarm, state: str, reason: str) -> None:
    """Give a composite alarm the state that its new rule comes to."""
    _move(alarm, state, reason, _agreeing(alarm, state))
    settle([alarm["AlarmName"]])


def settle(changed: Iterable[str]) -> None:
    """Evaluate, in the present account and region, the composite alarms above alarms that have changed."""
    moved = set(changed)
    if not moved:
        return
    composites = {alarm["AlarmName"]: alarm for alarm in here().of_kind(COMPOSITE)}
    children = {name: children_of(alarm) for name, alarm in composites.items()}
    for name in children_first(children):
        causes = moved.intersection(children[name])
        if causes and _moves(composites[name], causes):
            moved.add(name)


def _moves(alarm: Alarm, causes: Collection[str]) -> bool:
    state = state_of(alarm)
    if state == alarm["StateValue"]:
        return False
    alarms = here().alarms
    children = [child for child in _agreeing(alarm, state) if child["AlarmName"] in causes]
    children = children or [alarms[name] for name in sorted(causes)]
    _move(alarm, state, _reason(children[0]), children)
    return True


def _move(alarm: Alarm, state: str, reason: str, children: Iterable[Alarm]) -> None:
    move(alarm, state, reason, {"triggeringAlarms": [_triggering(child) for child in children]})


def _state(reference: str) -> str | None:
    found: str | None = here().alarms.get(name_in(reference), {}).get("StateValue")
    return found


def _agreeing(alarm: Alarm, state: str) -> list[Alarm]:
    """Return the children whose condition agrees with a state, the last to change first; of two, the later made."""
    rule = parsed_rule(alarm["AlarmRule"])
    names = {name_in(each) for each in agreeing(rule, _state, target=state == "ALARM")} - {alarm["AlarmName"]}
    latest_made_first = [child for child in reversed([*here().alarms.values()]) if child["AlarmName"] in names]
    return sorted(latest_made_first, key=lambda child: child["StateUpdatedTimestamp"], reverse=True)


def _triggering(child: Alarm) -> dict[str, Any]:
    moment = timestamp(child["StateUpdatedTimestamp"])
    return {"arn": child["AlarmArn"], "state": {"value": child["StateValue"], "timestamp": moment}}


def _reason(child: Alarm) -> str:
    moment = datetime.fromtimestamp(child["StateUpdatedTimestamp"], UTC).strftime("%A %d %B, %Y %H:%M:%S")
    return f"{child['AlarmArn']} transitioned to {child['StateValue']} at {moment} UTC"
