"""Hosted zones: name servers of each zone's own, tags, and the refusal to delete what is not empty."""

import hashlib
import re

from breakable_aws.emulator.answers import Answer, RefusedError, require
from breakable_aws.emulator.base import route53, scopes
from breakable_aws.emulator.base.calls import call
from breakable_aws.emulator.base.route53 import Record
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original
from breakable_aws.emulator.net.service_front import PassOn
from breakable_aws.emulator.net.viewer_requests import Request

from . import documents
from .documents import write

TYPE = "AWS::Route53::HostedZone"

_DOMAINS = ("com", "net", "org", "co.uk")
_IDENTIFIER = re.compile(rb"<Id>/hostedzone/(\w+)</Id>")
_NAME_SERVERS = re.compile(rb"<NameServers>.*?</NameServers>", re.DOTALL)


def install() -> None:
    """Serve the zones of templates as those of the API."""
    create, update, _ = original(TYPE)

    def create_served(logical: str, properties: Properties, stack: str) -> Resource:
        return _tagged(create(logical, properties, stack)[0], {}, properties)

    def update_served(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        return _tagged(update(physical, old, new, stack, logical)[0], old, new)

    add(TYPE, create=create_served, update=update_served, delete=delete)


def name_servers(zone_name: str) -> list[str]:
    """Return a zone's four name servers, spelled as Route 53 spells them; they follow from the zone's name.

    No other zone has them: a delegation leads to one zone or to none.
    """
    digest = hashlib.sha256(zone_name.rstrip(".").lower().encode()).digest()
    numbers = [512 * place + int.from_bytes(digest[2 * place : 2 * place + 2]) % 512 for place in range(4)]
    return [f"ns-{number}.awsdns-{number % 64:02}.{domain}" for number, domain in zip(numbers, _DOMAINS, strict=True)]


def records(zone_name: str) -> list[Record]:
    """Return the records that a zone begins with."""
    servers = [f"{server}." for server in name_servers(zone_name)]
    authority = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    return [
        {"Name": zone_name, "Type": "SOA", "TTL": "900", "ResourceRecords": [authority]},
        {"Name": zone_name, "Type": "NS", "TTL": "172800", "ResourceRecords": servers},
    ]


def put(identifier: str, name: str) -> bool:
    """Make sure that a public zone of this id exists; return whether it was made; raise ValueError for another name."""
    existing = route53.zones().get(identifier)
    if existing and existing != name:
        raise ValueError(f"the hosted zone {identifier} is {existing}, not {name}")
    if not existing:
        route53.add_zone(identifier, name)
        serve(identifier)
    return not existing


def serve(identifier: str) -> None:
    """Give a zone, if it is new, name servers of its own."""
    first = records(route53.zones()[identifier])
    if len(route53.records_of(identifier)) <= len(first):
        route53.put_records(identifier, first)


async def created(pass_on: PassOn) -> Answer:
    """Answer CreateHostedZone."""
    answer = await pass_on()
    if made := _IDENTIFIER.search(answer[2]):
        serve(made[1].decode())
    return _own(answer)


async def described(pass_on: PassOn, identifier: str) -> Answer:
    """Answer GetHostedZone."""
    status, headers, body = _own(await pass_on())
    if status < 300:
        body = body.replace(b"</HostedZone>", _features(identifier) + b"</HostedZone>")
    return status, headers, body


def _features(identifier: str) -> bytes:
    """Return what GetHostedZone says of a zone's features.

    AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZoneFeatures.html`.
    """
    status = "ENABLED" if route53.is_accelerated(identifier) else "DISABLED"
    return f"<Features><AcceleratedRecoveryStatus>{status}</AcceleratedRecoveryStatus></Features>".encode()


def change_features(request: Request, identifier: str) -> Answer:
    """Answer UpdateHostedZoneFeatures."""
    if identifier not in route53.zones():
        raise RefusedError(f"NoSuchHostedZone: there is no hosted zone {identifier}")
    route53.accelerate(identifier, enabled=b"<EnableAcceleratedRecovery>true<" in request.body)
    return documents.answer("UpdateHostedZoneFeaturesResponse", {})


def delete(identifier: str, _properties: Properties) -> None:
    """Delete a zone of a template; one that holds records of its own is kept, and the deletion fails."""
    if identifier in route53.zones():
        status, *_ = call("DELETE", f"/2013-04-01/hostedzone/{identifier}", headers=scopes.signed("route53"))
        if status >= 400:
            raise RefusedError(f"HostedZoneNotEmpty: the hosted zone {identifier} holds records: remove them first")


def _tagged(identifier: str, old: Properties, new: Properties) -> Resource:
    serve(identifier)
    features = new.get("HostedZoneFeatures") or {}
    route53.accelerate(identifier, enabled=str(features.get("EnableAcceleratedRecovery", "")).lower() == "true")
    before, after = (
        {tag["Key"]: tag["Value"] for tag in properties.get("HostedZoneTags") or []} for properties in (old, new)
    )
    added = [{"Key": key, "Value": value} for key, value in after.items()]
    body = write("ChangeTagsForResourceRequest", {"AddTags": added, "RemoveTagKeys": [*(before.keys() - after)]})
    path = f"/2013-04-01/tags/hostedzone/{identifier}"
    require(call("POST", path, headers=scopes.signed("route53"), body=body), f"the tags of {identifier}")
    return identifier, {"Id": identifier, "NameServers": name_servers(route53.zones()[identifier])}


def _own(answer: Answer) -> Answer:
    """Return an answer about a zone with the zone's own name servers."""
    status, headers, body = answer
    named = re.search(rb"<Name>(.*?)</Name>", body)
    if named is None:
        return answer
    servers = "".join(f"<NameServer>{server}</NameServer>" for server in name_servers(named[1].decode()))
    return status, headers, _NAME_SERVERS.sub(f"<NameServers>{servers}</NameServers>".encode(), body)
