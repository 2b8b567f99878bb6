"""What the actions of CloudWatch's API do that are about alarms: what they refuse begins with an error code.

AWS: `https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/`.
"""

import json
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import cloudwatch

from . import composite_alarms, composite_rules, metric_alarms
from .alarm_evaluation import ALARM, INSUFFICIENT_DATA, OK
from .alarm_store import COMPOSITE, METRIC, Alarm, arn, here, kind_of, name_in
from .alarm_transitions import move, note

Given = Mapping[str, Any]
"""The parameters of an action. From the Query protocol and from templates, numbers and booleans may come as texts."""

_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_STATES = (INSUFFICIENT_DATA, ALARM, OK)
_OF_STATE = ("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp")
_INITIAL = "Unchecked: Initial alarm creation"
_MOST_RECORDS = 100
_RECORDS = 50


def put_metric_alarm(given: Given) -> None:
    """Answer PutMetricAlarm."""
    definition = metric_alarms.definition(given)
    if _put(given, definition):
        note(here().alarms[given["AlarmName"]], INSUFFICIENT_DATA)


def put_composite_alarm(given: Given) -> None:
    """Answer PutCompositeAlarm: the rule is evaluated at once."""
    name, rule = given["AlarmName"], given.get("AlarmRule") or ""
    _check_rule(rule)
    is_new = _put(given, {"AlarmRule": rule})
    alarm = here().alarms[name]
    state = composite_alarms.state_of(alarm)
    if is_new or state != alarm["StateValue"]:
        what = "created and its" if is_new else "updated and its new"
        composite_alarms.begin(alarm, state, f"{alarm['AlarmArn']} was {what} alarm rule evaluates to {state}")


def describe_alarms(given: Given) -> dict[str, Any]:
    """Answer DescribeAlarms: a page of all kinds that are asked for, by name; its token is the next alarm's name."""
    names, state = given.get("AlarmNames"), given.get("StateValue")
    found = [
        alarm
        for name, alarm in sorted(here().alarms.items())
        if kind_of(alarm) in (given.get("AlarmTypes") or [METRIC])
        and (not names or name in names)
        and name.startswith(given.get("AlarmNamePrefix") or "")
        and state in (None, "", alarm["StateValue"])
        and name >= (given.get("NextToken") or "")
    ]
    most = _most_records(given)
    page = found[:most]
    kinds = {f"{kind}s": [alarm for alarm in page if kind_of(alarm) == kind] for kind in (METRIC, COMPOSITE)}
    return {**kinds, "NextToken": found[most]["AlarmName"] if len(found) > most else None}


def describe_alarms_for_metric(given: Given) -> dict[str, Any]:
    """Answer DescribeAlarmsForMetric."""
    wanted = (given.get("Namespace"), given.get("MetricName"))
    alarms = here().of_kind(METRIC)
    return {"MetricAlarms": [a for a in alarms if (a.get("Namespace"), a.get("MetricName")) == wanted]}


def describe_alarm_history(given: Given) -> dict[str, Any]:
    """Answer DescribeAlarmHistory; its token is the place of the next item in the whole history."""
    found = [(place, item) for place, item in enumerate(here().history) if _is_wanted(item, given)]
    is_ascending, token = given.get("ScanBy") == "TimestampAscending", given.get("NextToken") or ""
    most = _most_records(given)
    if token and not token.isdigit():
        raise RefusedError(f"InvalidNextToken: Invalid NextToken : {token}")
    if not is_ascending:
        found.reverse()
    if token:
        found = [(p, item) for p, item in found if (p >= int(token) if is_ascending else p <= int(token))]
    items = [item for _, item in found[:most]]
    return {"AlarmHistoryItems": items, "NextToken": str(found[most][0]) if len(found) > most else None}


def delete_alarms(given: Given) -> None:
    """Answer DeleteAlarms; what a composite alarm needs is kept."""
    names = list(dict.fromkeys(given.get("AlarmNames") or []))
    found = [alarm for alarm in map(here().alarms.get, names) if alarm]
    composites = sum(kind_of(alarm) == COMPOSITE for alarm in found)
    if composites > 1:
        raise RefusedError(
            f"ValidationError: Cannot delete [{composites}] Composite Alarms as only one composite alarm delete is "
            "allowed in single request"
        )
    needed = {child for parent in here().of_kind(COMPOSITE) for child in composite_alarms.children_of(parent)}
    for alarm in found:
        if alarm["AlarmName"] in needed:
            raise RefusedError(
                f"ValidationError: Cannot delete {alarm['AlarmName']} as there are composite alarm(s) depending on it."
            )
    for name in names:
        here().alarms.pop(name, None)
        here().tags.pop(name, None)


def enable_alarm_actions(given: Given, *, enabled: bool = True) -> None:
    """Answer EnableAlarmActions, or DisableAlarmActions."""
    for alarm in filter(None, map(here().alarms.get, given.get("AlarmNames") or [])):
        alarm["ActionsEnabled"] = enabled


def set_alarm_state(given: Given) -> None:
    """Answer SetAlarmState."""
    alarm, state = here().alarms.get(given["AlarmName"]), given["StateValue"]
    if alarm is None:
        raise RefusedError(f"ResourceNotFound: Alarm {given['AlarmName']} not found")
    if state not in _STATES:
        raise _invalid(state, "stateValue", f"satisfy enum value set: [{', '.join(_STATES)}]")
    data = _json(given.get("StateReasonData"))
    if state != alarm["StateValue"]:
        move(alarm, state, given["StateReason"], data)
        composite_alarms.settle([given["AlarmName"]])
    else:
        why = {} if data is None else {"StateReasonData": given["StateReasonData"]}
        alarm |= {"StateReason": given["StateReason"], "StateUpdatedTimestamp": cloudwatch.now(), **why}


def tag_resource(given: Given) -> None:
    """Answer TagResource."""
    _tags_of(given).update({tag["Key"]: tag.get("Value", "") for tag in given.get("Tags") or []})


def untag_resource(given: Given) -> None:
    """Answer UntagResource."""
    tags = _tags_of(given)
    for key in given.get("TagKeys") or []:
        tags.pop(key, None)


def list_tags_for_resource(given: Given) -> dict[str, Any]:
    """Answer ListTagsForResource."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tags_of(given).items()]}


def _put(given: Given, definition: Alarm) -> bool:
    """Store an alarm, which keeps its state if it was there, and its tags; tell whether it is a new one."""
    name, alarms = given["AlarmName"], here().alarms
    before, kind = alarms.get(name), kind_of(definition)
    if before and kind_of(before) != kind:
        raise RefusedError(f"ValidationError: the alarm {name} is a {kind_of(before)}, and cannot become a {kind}")
    refused = cloudwatch.tags_refusal(
        given.get("Tags"), definition.get("DatapointsToAlarm"), is_new=not before, is_composite=kind == COMPOSITE
    )
    if refused:
        raise RefusedError(": ".join(refused))
    now = cloudwatch.now()
    state = {"StateValue": INSUFFICIENT_DATA, "StateReason": _INITIAL, "StateUpdatedTimestamp": now}
    state = {key: before[key] for key in _OF_STATE if key in before} if before else state
    common = {
        "AlarmName": name,
        "AlarmArn": arn(name),
        "AlarmDescription": given.get("AlarmDescription") or "",
        "ActionsEnabled": str(given.get("ActionsEnabled", True)).lower() not in ("false", "0", "no"),
        "AlarmConfigurationUpdatedTimestamp": now,
    }
    actions = {key: [str(action) for action in given.get(key) or []] for key in _ACTIONS}
    alarms[name] = common | actions | definition | state
    if not before:
        here().tags[name] = {tag["Key"]: tag["Value"] for tag in given.get("Tags") or []}
    return not before


def _check_rule(rule: str) -> None:
    try:
        wanted = dict.fromkeys(composite_rules.references(cloudwatch.parsed_rule(rule)))
    except ValueError as error:
        raise RefusedError(f"ValidationError: {error}") from error
    missing = [each for each in wanted if name_in(each) not in here().alarms]
    if missing:
        named = ", ".join(each if each.startswith("arn:") else arn(each) for each in missing)
        raise RefusedError(
            f"ValidationError: Could not save the composite alarm as alarms [{named}] in the alarm rule do not exist"
        )


def _tags_of(given: Given) -> MutableMapping[str, str]:
    _, is_dashboard, dashboard = str(given.get("ResourceARN") or "").partition(":dashboard/")
    if is_dashboard and (tags := cloudwatch.dashboard_tags(dashboard)) is not None:
        return tags
    name = name_in(given.get("ResourceARN") or "")
    if name not in here().alarms or arn(name) != given["ResourceARN"]:
        raise RefusedError(f"ResourceNotFound: Alarm resource {given.get('ResourceARN')} not found")
    return here().tags.setdefault(name, {})


def _most_records(given: Given) -> int:
    most = int(given.get("MaxRecords") or _RECORDS)
    if most < 1:
        raise _invalid(most, "maxRecords", "have value greater than or equal to 1")
    if most > _MOST_RECORDS:
        raise _invalid(most, "maxRecords", f"have value less than or equal to {_MOST_RECORDS}")
    return most


def _invalid(value: object, member: str, constraint: str) -> RefusedError:
    return RefusedError(
        f"ValidationError: 1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must {constraint}"
    )


def _is_wanted(item: Given, given: Given) -> bool:
    same = (("AlarmName", given.get("AlarmName")), ("HistoryItemType", given.get("HistoryItemType")))
    start, end = _moment(given.get("StartDate")), _moment(given.get("EndDate"))
    return (
        item["AlarmType"] in (given.get("AlarmTypes") or [METRIC])
        and all(not wanted or item[key] == wanted for key, wanted in same)
        and (start is None or item["Timestamp"] >= start)
        and (end is None or item["Timestamp"] <= end)
    )


def _moment(given: Any) -> float | None:
    """Return a moment of a request in epoch seconds, which it is or is not yet."""
    if given in (None, ""):
        return None
    when = datetime.fromisoformat(given) if isinstance(given, str) else given
    if not isinstance(when, datetime):
        return float(when)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise RefusedError("InvalidFormat: Data was not syntactically valid JSON.") from error
