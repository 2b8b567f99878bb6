"""Checks whether a record that is not the site's own has the name of one that the site makes."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from s3_failover.config import EDGE_REGION, Site, StackRole
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained, found_or_none

_RECORD = "AWS::Route53::RecordSet"


@dataclass(frozen=True)
class Name:
    """A name under which the site makes records.

    It has no dot at its end; role and region are those of the stack that makes its records.
    """

    name: str
    role: StackRole
    region: str


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each name, and one for the delegation of a zone that the site makes."""
    zone, parent = ground.site.hosted_zone, ground.site.hosted_zone.parent
    for name in _names(ground):
        needs = (_need(zone.id or "*"),)
        yield Look(f"records of {name.name}", functools.partial(_look, ground, name), needs)
    if parent is not None and parent.role_arn is None:
        find = functools.partial(_delegation, ground, parent.id)
        yield Look(f"delegation of {zone.name} in {parent.name}", find, (_need(parent.id),))


def _need(zone: str) -> dict[str, Any]:
    return allow(["route53:ListResourceRecordSets"], [f"arn:aws:route53:::hostedzone/{zone}"])


def _names(ground: Ground) -> Iterator[Name]:
    site = ground.site
    for each in site.under_each_name:
        yield Name(each.failover_name, StackRole.EDGE, EDGE_REGION)
    if site.secondary.kind.has_own_names:
        for name in (site.endpoint_check_name, *(each.endpoint_name for each in site.under_each_name)):
            yield Name(name, StackRole.HTTPS, site.replica_regions[0])


def _look(ground: Ground, name: Name) -> Findings:
    zone = ground.zone_id
    made = zone and ground.has(name.role, name.region, _RECORD)
    for record in _at(ground, zone, name.name) if zone else ():
        where = f"record {name.name} {record['Type']}"
        if made and _is_own(ground, name, record):
            continue
        if not _conflicts(ground, name, record):
            if record["Type"] == "AAAA":
                todo = "remove it: the site's own records are for IPv4 only"
                yield PreflightFinding("PREFLIGHT-RECORD-BESIDE", where, f"{_points(record)}, expected none", todo)
            continue
        todo = _remove(zone, record)
        if _may_be_used(ground.site, record):
            moving = "set record_name to a free name, and replace the record last (docs/operate/moving.md)"
            todo = f"if viewers use it, {moving}; else {todo}"
        yield PreflightFinding("PREFLIGHT-RECORD", where, f"{_points(record)}, expected a free name", todo)


def _may_be_used(site: Site, record: dict[str, Any]) -> bool:
    """Return whether viewers may come by a record, and whether a CNAME can take its place."""
    is_hostname = record["Name"].rstrip(".").lower() == site.hostname
    return is_hostname and record["Type"] in ("A", "AAAA", "CNAME") and not site.is_apex


def _is_own(ground: Ground, name: Name, record: dict[str, Any]) -> bool:
    pair = name.role is StackRole.EDGE
    kind = "A" if pair and name.name == ground.site.hosted_zone.name else "CNAME"
    return record["Type"] == kind and ("Failover" in record) == pair


def _conflicts(ground: Ground, name: Name, record: dict[str, Any]) -> bool:
    """Return whether Route 53 refuses the site's record beside this one: a CNAME stands alone, an A beside others."""
    return record["Type"] in ("A", "CNAME") if name.name == ground.site.hosted_zone.name else True


def _delegation(ground: Ground, parent: str) -> Findings:
    name = ground.site.hosted_zone.name
    if ground.has(StackRole.ZONE, EDGE_REGION, _RECORD):
        return
    for record in _at(ground, parent, name):
        if record["Type"] == "NS":
            what = f"{_points(record)}, expected a free name for the zone that is made"
            yield PreflightFinding("PREFLIGHT-RECORD", f"record {name} NS", what, _remove(parent, record))


def _at(ground: Ground, zone: str, name: str) -> list[dict[str, Any]]:
    """Return the records of a name; Route 53 tells those of the names behind it, too."""
    with explained(f"list the records of {zone}", service="route53"):
        ask = functools.partial(
            ground.client("route53").list_resource_record_sets, HostedZoneId=zone, StartRecordName=f"{name}."
        )
        # The look at the zone says that it is not there.
        found = found_or_none(ask, "NoSuchHostedZone") or {"ResourceRecordSets": []}
    return [record for record in found["ResourceRecordSets"] if record["Name"].rstrip(".").lower() == name]


def _points(record: dict[str, Any]) -> str:
    values = [each["Value"] for each in record.get("ResourceRecords", ())]
    values += [record["AliasTarget"]["DNSName"]] if "AliasTarget" in record else []
    return f"points at {', '.join(values) or 'nothing'}"


def _remove(zone: str, record: dict[str, Any]) -> str:
    batch = json.dumps({"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]})
    command = f"aws route53 change-resource-record-sets --hosted-zone-id {zone} --change-batch '{batch}'"
    return f"remove it: `{command}`"
