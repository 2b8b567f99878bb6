"""AWS::CertificateManager::Certificate: DNS validation writes its records where CloudFormation writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import acm, route53

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original

TYPE = "AWS::CertificateManager::Certificate"


def install() -> None:
    """Make a certificate with a hosted zone put its validation records there."""
    create, update, delete = original(TYPE)

    def create_validated(logical: str, properties: Properties, stack: str) -> Resource:
        return _validated(properties, create, logical, properties, stack)

    def update_validated(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        return _validated(new, update, physical, old, new, stack, logical)

    add(TYPE, create=create_validated, update=update_validated, delete=delete)


def names_of(arn: str) -> tuple[str, ...]:
    """Return the names that a certificate is good for; none when it does not exist."""
    region, found = arn.split(":")[3] if arn.count(":") >= 5 else "", None
    if region:
        found = acm._certificates.get_scoped(arn.split(":")[4], region, arn)
    return tuple(found["SubjectAlternativeNames"]) if found else ()


def put(arn: str, names: Sequence[str]) -> bool:
    """Make sure that an issued certificate for names exists with exactly this ARN; tell whether it was made."""
    _, _, _, region, account, _ = arn.split(":", 5)
    with request_scope(account, region):
        if arn in acm._certificates:
            return False
        wanted = {"DomainName": names[0], "SubjectAlternativeNames": [*names], "ValidationMethod": "DNS"}
        _, _, body = acm._request_certificate(wanted)
        made = acm._certificates.pop(json.loads(body)["CertificateArn"])
        acm._certificates[arn] = {**made, "CertificateArn": arn}
    return True


def _validated(properties: Properties, make: Any, *arguments: Any) -> Resource:
    """Make a certificate and write its validation records.

    The records stay when the certificate goes, as on AWS:
    `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html`.
    """
    zones = _zones(properties)
    resource: Resource = make(*arguments)
    for option in acm._certificates[resource[0]]["DomainValidationOptions"]:
        zone = zones.get(option["DomainName"])
        if zone:
            _write(zone, option["ResourceRecord"])
    return resource


def _zones(properties: Properties) -> dict[str, str]:
    options = properties.get("DomainValidationOptions") or []
    if options and properties.get("ValidationMethod") != "DNS":
        raise RefusedError("DomainValidationOptions with a HostedZoneId need ValidationMethod DNS")
    zones = {option["DomainName"]: option["HostedZoneId"].rpartition("/")[2] for option in options}
    for zone in zones.values():
        if zone not in route53._zones:
            raise RefusedError(f"NoSuchHostedZone: no hosted zone found with ID {zone}")
    return zones


def _write(zone: str, validation: dict[str, str]) -> None:
    record = {"Name": validation["Name"], "Type": "CNAME", "TTL": "300", "ResourceRecords": [validation["Value"]]}
    with route53._lock:
        others = [other for other in route53._records[zone] if route53._rs_key(other) != route53._rs_key(record)]
        route53._records[zone] = [*others, record]
