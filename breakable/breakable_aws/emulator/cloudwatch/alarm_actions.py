"""Carries out what an alarm does when its state changes: it publishes to SNS topics of its own region and account.

Neither the topic's policy nor the policy of its KMS key is evaluated: on AWS a topic that does not let
cloudwatch.amazonaws.com publish, or whose key it may not use, gets nothing. SNS stamps its envelope with real time,
while the message inside has embedded time. Other kinds of action are stored and fail here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, sns

from breakable_aws.emulator.base.hooks import replace

from .alarm_messages import message, subject

_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_log = logging.getLogger(__name__)


def install() -> None:
    """Send CloudWatch's message in the place of ministack's, which lacks half of it."""
    replace(cloudwatch, "_dispatch_alarm_actions", carry_out)


def carry_out(alarm: Mapping[str, Any], old_state: str, new_state: str, _reason: str) -> None:
    """Carry out the actions for an alarm's new state; one that fails is written into the alarm's history."""
    if not alarm.get("ActionsEnabled", True):
        return
    for action in alarm.get(_ACTIONS[new_state]) or []:
        failure = _publish(action, alarm, old_state)
        if failure:
            _log.warning("alarm %s: action %s failed: %s", alarm["AlarmName"], action, failure)
        _record(alarm, action, failure)


def _publish(topic: str, alarm: Mapping[str, Any], old_state: str) -> str | None:
    """Publish to a topic and return None, or why that failed."""
    if not cloudwatch._is_sns_action_arn(topic):
        return "the embedded AWS carries out only actions on SNS topics of the alarm's region and account"
    body = json.dumps(message(alarm, old_state, get_account_id(), get_region()))
    try:
        published = sns.publish_internal(topic, body, subject(alarm, get_region()))
    except sns.SnsPublishError as error:
        return str(error)
    return None if published else "the topic does not exist"


def _record(alarm: Mapping[str, Any], action: str, failure: str | None) -> None:
    outcome = "Failed to execute" if failure else "Successfully executed"
    data = {"actionState": "Failed" if failure else "Succeeded", "notificationResource": action, "error": failure}
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(cloudwatch.time.time()),
            "HistoryItemType": "Action",
            "HistorySummary": f"{outcome} action {action}",
            "HistoryData": json.dumps(data),
        }
    )
