"""AWS::CertificateManager::Certificate: DNS validation writes its records where CloudFormation writes them."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from breakable_aws.emulator.answers import RefusedError, require
from breakable_aws.emulator.base import acm, scopes
from breakable_aws.emulator.base.calls import call
from breakable_aws.emulator.base.requests import ask_json, document_of, done_json, succeeds
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, check_before, complete_after

TYPE = "AWS::CertificateManager::Certificate"

_ZONES = "/2013-04-01/hostedzone/"
_CHANGE = (
    '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change>'
    "<Action>UPSERT</Action><ResourceRecordSet><Name>{name}</Name><Type>CNAME</Type><TTL>300</TTL><ResourceRecords>"
    "<ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes>"
    "</ChangeBatch></ChangeResourceRecordSetsRequest>"
)


def install() -> None:
    """Make a certificate with a hosted zone put its validation records there."""
    check_before(TYPE, _with_zones)
    complete_after(TYPE, _validate)


def names_of(arn: str) -> tuple[str, ...]:
    """Return the names that a certificate covers; none if it does not exist."""
    _, _, _, region, account, *_ = (*arn.split(":"), "", "", "", "", "")
    if not region:
        return ()
    with scopes.within(account, region):
        answer = ask_json("acm", "DescribeCertificate", CertificateArn=arn)
    return tuple(document_of(answer)["Certificate"]["SubjectAlternativeNames"]) if succeeds(answer) else ()


def put(arn: str, names: Sequence[str]) -> bool:
    """Make sure that an issued certificate for names exists with exactly this ARN; tell whether it was made."""
    _, _, _, region, account, _ = arn.split(":", 5)
    if names_of(arn):
        return False
    wanted = {"DomainName": names[0], "SubjectAlternativeNames": [*names], "ValidationMethod": "DNS"}
    with scopes.within(account, region):
        acm.rename(done_json("acm", "RequestCertificate", **wanted)["CertificateArn"], arn)
    return True


def _validate(resource: Resource, properties: Properties, *_: Any) -> None:
    """Write the validation records of a certificate.

    The records stay when the certificate goes, as on AWS:
    `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html`.
    """
    zones = _zones(properties)
    made = done_json("acm", "DescribeCertificate", CertificateArn=resource[0])["Certificate"]
    for option in made["DomainValidationOptions"]:
        zone = zones.get(option["DomainName"])
        if zone:
            _write(zone, option["ResourceRecord"])


def _with_zones(properties: Properties, _physical: str | None) -> Properties:
    _zones(properties)
    return properties


def _zones(properties: Properties) -> dict[str, str]:
    options = properties.get("DomainValidationOptions") or []
    if options and properties.get("ValidationMethod") != "DNS":
        raise RefusedError("DomainValidationOptions with a HostedZoneId need ValidationMethod DNS")
    zones = {option["DomainName"]: option["HostedZoneId"].rpartition("/")[2] for option in options}
    for zone in zones.values():
        if not succeeds(call("GET", _ZONES + zone, headers=scopes.signed("route53"))):
            raise RefusedError(f"NoSuchHostedZone: no hosted zone found with ID {zone}")
    return zones


def _write(zone: str, validation: dict[str, str]) -> None:
    body = _CHANGE.format(name=escape(validation["Name"]), value=escape(validation["Value"])).encode()
    require(call("POST", f"{_ZONES}{zone}/rrset", headers=scopes.signed("route53"), body=body), TYPE)
