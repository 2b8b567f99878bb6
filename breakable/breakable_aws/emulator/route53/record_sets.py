"""AWS::Route53::RecordSet and ChangeResourceRecordSets with Route 53's rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import route53
from ministack.services.cloudformation import provisioners, stacks

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original, replaced

from .health_checks import exists as health_check_exists
from .record_rules import Problem, violation

TYPE = "AWS::Route53::RecordSet"

_REPLACING = ("HostedZoneId", "HostedZoneName", "Name")
"""The properties whose change makes another record, which change sets tell.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html`.
"""


def install() -> None:
    """Apply Route 53's rules to changes by CloudFormation and by the API."""
    create, _, delete = original(TYPE)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        return _or_undone(_zone(properties), lambda: create(logical, properties, stack))

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        if _zone(old) == _zone(new) and _record(old)["Name"] == _record(new)["Name"]:
            return _or_undone(_zone(new), lambda: _swap(old, new))
        return _or_undone(_zone(new), lambda: replaced(physical, old, create(logical, new, stack), delete))

    add(TYPE, create=create_checked, update=update_checked, delete=delete)
    change = route53._change_resource_record_sets

    def change_checked(zone: str, body: bytes) -> Answer:
        before = list(route53._records.get(zone, []))
        answer: Answer = change(zone, body)
        problem = _problem(zone, before) if answer[0] < 400 else None
        if problem is None:
            return answer
        route53._records[zone] = before
        refusal: Answer = route53._error_response(*problem, 404 if problem[0].startswith("NoSuch") else 400)
        return refusal

    replace(route53, "_change_resource_record_sets", change_checked)
    recreation = stacks._property_recreation

    def recreation_told(resource_type: str, name: str) -> str:
        if resource_type != TYPE:
            told: str = recreation(resource_type, name)
            return told
        return "Always" if name in _REPLACING else "Never"

    replace(stacks, "_property_recreation", recreation_told)


def _swap(old: Properties, new: Properties) -> Resource:
    """Put a record in the place of another one of the same name: the type and the set identifier may differ."""
    record, zone = _record(new), _zone(new)
    gone = route53._rs_key(_record(old))
    with route53._lock:
        kept = [other for other in route53._records[zone] if route53._rs_key(other) != gone]
        if any(route53._rs_key(other) == route53._rs_key(record) for other in kept):
            raise RefusedError(f"InvalidChangeBatch: {record['Name']} type {record['Type']} already exists")
        route53._records[zone] = [*kept, record]
    return record["Name"], {"Name": record["Name"]}


def _or_undone(zone: str, change: Callable[[], Resource]) -> Resource:
    before = list(route53._records.get(zone, []))
    resource = change()
    problem = _problem(zone, before)
    if problem is not None:
        route53._records[zone] = before
        raise RefusedError(": ".join(problem))
    return resource


def _problem(zone: str, before: list[dict[str, Any]]) -> Problem | None:
    return violation(route53._zones[zone]["name"], before, route53._records[zone], health_check_exists)


def _zone(properties: Properties) -> str:
    zone: str = provisioners._r53_resolve_hosted_zone_id(properties)
    return zone


def _record(properties: Properties) -> dict[str, Any]:
    record: dict[str, Any] = provisioners._r53_record_set_build_rs(properties)
    return record
