"""Moves an alarm from one state to another, and carries out what it does then: it publishes to SNS topics.

The topics are of its own region and account. Neither the topic's policy nor the policy of its KMS key is evaluated: on
AWS a topic that does not let cloudwatch.amazonaws.com publish, or whose key it may not use, gets nothing. SNS stamps
its envelope with real time, while the message inside has embedded time. Other kinds of action are stored and fail here.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from breakable_aws.emulator.answers import explanation
from breakable_aws.emulator.base import cloudwatch, scopes
from breakable_aws.emulator.base.calls import call

from .alarm_messages import message, subject
from .alarm_store import Alarm, here

_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_log = logging.getLogger(__name__)


def move(alarm: Alarm, state: str, reason: str, data: Mapping[str, Any] | None) -> None:
    """Give an alarm a new state, at the present embedded time.

    `reason` says why for people, `data` for programs.
    """
    old, now = alarm["StateValue"], cloudwatch.now()
    alarm |= {
        "StateValue": state,
        "StateReason": reason,
        "StateReasonData": None if data is None else json.dumps(data),
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
    }
    note(alarm, old, data)
    if alarm["ActionsEnabled"]:
        _act(alarm, old)


def note(alarm: Alarm, old: str, data: Mapping[str, Any] | None = None) -> None:
    """Write into the history of an alarm which state it has, and which one it had."""
    why = {} if data is None else {"stateReasonData": data}
    new = {"stateValue": alarm["StateValue"], "stateReason": alarm["StateReason"], **why}
    states = {"version": "1.0", "oldState": {"stateValue": old}, "newState": new}
    here().note(alarm, "StateUpdate", f"Alarm updated from {old} to {alarm['StateValue']}", states)


def _act(alarm: Alarm, old: str) -> None:
    """Carry out the actions for an alarm's new state; one that fails is written into the alarm's history."""
    for action in alarm[_ACTIONS[alarm["StateValue"]]]:
        failure = _publish(action, alarm, old)
        if failure:
            _log.warning("alarm %s: action %s failed: %s", alarm["AlarmName"], action, failure)
        outcome = "Failed to execute" if failure else "Successfully executed"
        data = {"actionState": "Failed" if failure else "Succeeded", "notificationResource": action, "error": failure}
        here().note(alarm, "Action", f"{outcome} action {action}", data)


def _publish(topic: str, alarm: Alarm, old: str) -> str | None:
    """Publish to a topic and return None, or why that failed."""
    account, region = scopes.account(), scopes.region()
    if not topic.startswith(f"arn:aws:sns:{region}:{account}:"):
        return "the embedded AWS carries out only actions on SNS topics of the alarm's region and account"
    told = {"Subject": subject(alarm, region), "Message": json.dumps(message(alarm, old, account, region))}
    form = urlencode({"Action": "Publish", "TopicArn": topic, **told})
    status, _, body = call("POST", "/", headers=scopes.signed("sns") | _FORM, body=form.encode())
    if status < 400:
        return None
    why = explanation(body)
    return "the topic does not exist" if why.startswith("NotFound") else why
