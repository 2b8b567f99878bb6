"""AWS::Route53::RecordSet and ChangeResourceRecordSets with Route 53's rules."""

from collections.abc import Callable

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base import route53
from breakable_aws.emulator.base.cloudformation import tell_replacing
from breakable_aws.emulator.base.route53 import Record
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original, replaced
from breakable_aws.emulator.net.service_front import PassOn

from .documents import refusal
from .health_checks import exists as health_check_exists
from .record_rules import Problem, violation

TYPE = "AWS::Route53::RecordSet"

_REPLACING = ("HostedZoneId", "HostedZoneName", "Name")
"""The properties whose change makes another record, which change sets tell.

AWS: `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html`.
"""


def install() -> None:
    """Apply Route 53's rules to the changes by CloudFormation."""
    create, _, delete = original(TYPE)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        return _or_undone(_zone(properties), lambda: create(logical, properties, stack))

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        def swap() -> Resource:
            delete(physical, old)
            return create(logical, new, stack)

        if _zone(old) == _zone(new) and _name(old["Name"]) == _name(new["Name"]):
            return _or_undone(_zone(new), swap)
        return _or_undone(_zone(new), lambda: replaced(physical, old, create(logical, new, stack), delete))

    add(TYPE, create=create_checked, update=update_checked, delete=delete)
    tell_replacing(TYPE, _REPLACING)


async def changed(pass_on: PassOn, zone: str) -> Answer:
    """Answer ChangeResourceRecordSets: what the rules refuse is undone."""
    before = route53.records_of(zone)
    answer = await pass_on()
    problem = _problem(zone, before) if answer[0] < 400 else None
    if problem is None:
        return answer
    route53.put_records(zone, before)
    return refusal(RefusedError(": ".join(problem)))


def _or_undone(zone: str, change: Callable[[], Resource]) -> Resource:
    before = route53.records_of(zone)
    try:
        resource = change()
        if problem := _problem(zone, before):
            raise RefusedError(": ".join(problem))
    except ValueError:
        if zone in route53.zones():
            route53.put_records(zone, before)
        raise
    return resource


def _problem(zone: str, before: list[Record]) -> Problem | None:
    return violation(route53.zones()[zone], before, route53.records_of(zone), health_check_exists)


def _zone(properties: Properties) -> str:
    """Return the id of a record's zone; raise RefusedError if no zone has the name that the template says."""
    if properties.get("HostedZoneId"):
        return str(properties["HostedZoneId"]).strip().removeprefix("/hostedzone/")
    wanted = _name(properties.get("HostedZoneName") or "")
    found = next((identifier for identifier, name in route53.zones().items() if name == wanted), None)
    if found is None:
        raise RefusedError(f"{TYPE} needs HostedZoneId, or the HostedZoneName of a zone that exists, got {wanted}")
    return found


def _name(domain: str) -> str:
    return f"{domain.removesuffix('.')}."
