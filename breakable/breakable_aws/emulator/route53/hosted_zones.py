"""AWS::Route53::HostedZone: name servers of each zone's own, tags, and the refusal to delete what is not empty."""

from __future__ import annotations

import hashlib
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from ministack.services import route53

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original

TYPE = "AWS::Route53::HostedZone"

_DOMAINS = ("com", "net", "org", "co.uk")


def install() -> None:
    """Give every zone name servers that nobody else has: a delegation then leads to one zone or to none."""
    records = route53._default_records

    def default_records(zone_name: str) -> list[dict[str, Any]]:
        servers = [f"{server}." for server in name_servers(zone_name)]
        soa, ns = records(zone_name)
        authority = soa["ResourceRecords"][0].split(" ", 1)[1]
        return [soa | {"ResourceRecords": [f"{servers[0]} {authority}"]}, ns | {"ResourceRecords": servers}]

    replace(route53, "_default_records", default_records)
    replace(route53, "_build_delegation_set_el", _build_delegation_set)
    create, update, _ = original(TYPE)

    def create_served(logical: str, properties: Properties, stack: str) -> Resource:
        return _served(create(logical, properties, stack)[0], properties)

    def update_served(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        return _served(update(physical, old, new, stack, logical)[0], new)

    add(TYPE, create=create_served, update=update_served, delete=delete)


def name_servers(zone_name: str) -> list[str]:
    """Return a zone's four name servers, spelled as Route 53 spells them; they follow from the zone's name."""
    digest = hashlib.sha256(zone_name.rstrip(".").lower().encode()).digest()
    numbers = [512 * place + int.from_bytes(digest[2 * place : 2 * place + 2]) % 512 for place in range(4)]
    return [f"ns-{number}.awsdns-{number % 64:02}.{domain}" for number, domain in zip(numbers, _DOMAINS, strict=True)]


def delete(identifier: str, _properties: Properties) -> None:
    """Delete a zone; one that holds records of its own is kept, and the deletion fails."""
    if identifier in route53._zones:
        answer = route53._delete_hosted_zone(identifier)
        if answer[0] >= 400:
            raise RefusedError(f"HostedZoneNotEmpty: the hosted zone {identifier} holds records: remove them first")


def _served(identifier: str, properties: Properties) -> Resource:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("HostedZoneTags") or []}
    route53._tags[("hostedzone", identifier)] = tags
    return identifier, {"Id": identifier, "NameServers": name_servers(route53._zones[identifier]["name"])}


def _build_delegation_set(parent: Element, zone_name: str) -> None:
    servers = SubElement(SubElement(parent, "DelegationSet"), "NameServers")
    for server in name_servers(zone_name):
        SubElement(servers, "NameServer").text = server
