"""CloudWatch's API: what is about alarms is answered here, and what is about metrics behind."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.net.service_front import PassOn
from breakable_aws.emulator.net.viewer_requests import Request

from . import alarms, protocols

_STATUSES = {"ResourceNotFound": 404, "AccessDenied": 403, "InternalFailure": 500}

_ACTIONS: Mapping[str, Callable[[alarms.Given], dict[str, Any] | None]] = {
    "PutMetricAlarm": alarms.put_metric_alarm,
    "PutCompositeAlarm": alarms.put_composite_alarm,
    "DescribeAlarms": alarms.describe_alarms,
    "DescribeAlarmsForMetric": alarms.describe_alarms_for_metric,
    "DescribeAlarmHistory": alarms.describe_alarm_history,
    "DeleteAlarms": alarms.delete_alarms,
    "EnableAlarmActions": alarms.enable_alarm_actions,
    "DisableAlarmActions": partial(alarms.enable_alarm_actions, enabled=False),
    "SetAlarmState": alarms.set_alarm_state,
    "TagResource": alarms.tag_resource,
    "UntagResource": alarms.untag_resource,
    "ListTagsForResource": alarms.list_tags_for_resource,
}
"""What is answered here."""


async def respond(request: Request, pass_on: PassOn) -> Answer:
    """Answer a request to CloudWatch's API."""
    action = protocols.action_of(request)
    if action not in _ACTIONS:
        return await pass_on()
    try:
        result = _ACTIONS[action](protocols.parameters_of(request))
    except RefusedError as error:
        code, _, message = str(error).partition(": ")
        return protocols.error(request, code, message, _STATUSES.get(code, 400))
    return protocols.answer(request, action, result or {})
