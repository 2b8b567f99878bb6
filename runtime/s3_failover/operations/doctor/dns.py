"""Do the records, the checks and the delegation say what they must?"""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.resolver

from s3_failover.config import Mode, Site
from s3_failover.operations import deployed
from s3_failover.operations.doctor.finding import DEPLOY, Finding, Findings
from s3_failover.operations.doctor.patient import Patient
from s3_failover.operations.own_resolver import own_resolver
from s3_failover.operations.refusals import explained

_PUT_BACK = (
    "end the hold with `s3-failover failback --release`; if there is none, put the check back in Route 53: "
    "a deploy that changes nothing about it does not see what was set by hand"
)


def records(patient: Patient) -> Findings:
    """Return what is wrong with the failover records."""
    site, name = patient.site, f"{patient.site.failover_name}."
    kind: Any = "A" if site.is_apex else "CNAME"
    with explained(f"list the records of {patient.zone_id}", service="route53"):
        found = patient.client("route53").list_resource_record_sets(
            HostedZoneId=patient.zone_id, StartRecordName=name, StartRecordType=kind
        )["ResourceRecordSets"]
    ours = {each.get("Failover", "SIMPLE"): each for each in found if each["Name"] == name and each["Type"] == kind}
    edge = deployed.edge(site, patient.account)
    yield from _record(patient, ours, "PRIMARY", edge["DistributionDomainName"], edge["FailoverHealthCheckId"])
    target = site.secondary.kind.target(site)
    # An alias leads to the region's website endpoint, which finds the bucket by the name that is asked for.
    yield from _record(patient, ours, "SECONDARY", target.removeprefix(name) if site.is_apex else target, None)


def _record(patient: Patient, found: dict[str, Any], role: str, target: str, check: str | None) -> Findings:
    where = f"{role} record of {patient.site.failover_name}"
    if role not in found:
        others = ", ".join(sorted(found)) or "nothing"
        what = f"is not there, expected one: the zone has {others} under that name"
        yield Finding("DOCTOR-RECORD", where, what, DEPLOY)
        return
    record = found[role]
    has = [each["Value"].rstrip(".") for each in record.get("ResourceRecords", [])]
    has += [record["AliasTarget"]["DNSName"].rstrip(".")] if "AliasTarget" in record else []
    if has != [target]:
        yield Finding("DOCTOR-RECORD", where, f"points at {', '.join(has)}, expected {target}", DEPLOY)
    if record.get("HealthCheckId") != check:
        what = f"has the health check {record.get('HealthCheckId', 'none')}, expected {check or 'none'}"
        yield Finding("DOCTOR-RECORD", where, what, DEPLOY)
    if "AliasTarget" not in record and record.get("TTL") != patient.site.record_ttl:
        what = f"has a TTL of {record.get('TTL')} s, expected {patient.site.record_ttl}"
        yield Finding("DOCTOR-RECORD", where, what, DEPLOY)


def checks(patient: Patient) -> Findings:
    """Return what is wrong with the health checks, and which are unhealthy now."""
    route53, endpoints = patient.client("route53"), _endpoints(patient)
    for logical, identifier in patient.edge.of("AWS::Route53::HealthCheck"):
        with explained(f"look at the health check {identifier}", service="route53"):
            config = route53.get_health_check(HealthCheckId=identifier)["HealthCheck"]["HealthCheckConfig"]
        where = f"health check {identifier} ({logical})"
        yield from _check(patient, config, endpoints, where)
        if config["Type"] != "CALCULATED":
            yield from _status(route53, identifier, where)
    yield from _decides(patient)


def _endpoints(patient: Patient) -> tuple[str, ...]:
    """Return the names that the checks ask: the services' own, never the record that they decide."""
    site, account = patient.site, patient.account
    return (
        f"{patient.names.primary}.s3.{site.primary_region}.amazonaws.com",
        deployed.edge(site, account)["DistributionDomainName"],
        site.secondary.kind.check_name(site),
    )


def _check(patient: Patient, config: dict[str, Any], endpoints: tuple[str, ...], where: str) -> Findings:
    for flag in ("Disabled", "Inverted"):
        if config.get(flag):
            yield Finding("DOCTOR-CHECK", where, f"is {flag.lower()}, expected not", _PUT_BACK)
    if config["Type"] == "CALCULATED":
        return
    site = patient.site
    expected = {
        "RequestInterval": site.health_check_interval,
        "FailureThreshold": site.health_check_threshold,
        "ResourcePath": f"/{site.health_key}",
    }
    for name, value in expected.items():
        if config.get(name) != value:
            yield Finding("DOCTOR-CHECK", where, f"has {name} {config.get(name)}, expected {value}", DEPLOY)
    asked = str(config.get("FullyQualifiedDomainName", config.get("IPAddress", "nobody")))
    if asked.rstrip(".").lower() not in endpoints:
        what = f"asks {asked}, expected one of {', '.join(endpoints)}"
        yield Finding("DOCTOR-CHECK", where, what, _PUT_BACK)


def _status(route53: Any, identifier: str, where: str) -> Findings:
    with explained(f"ask how the health check {identifier} is", service="route53"):
        seen = route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"]
    told = [each["StatusReport"]["Status"] for each in seen]
    good = sum(status.startswith("Success") for status in told)
    # Route 53 calls an endpoint healthy above 18 % (Developer Guide, dns-failover-determining-health-of-endpoints).
    if told and good / len(told) <= 0.18:
        bad = next(status for status in told if not status.startswith("Success"))
        what = f"{good} of {len(told)} checkers succeed, expected most: {bad}"
        yield Finding("DOCTOR-CHECK-UNHEALTHY", where, what, "see what the endpoint answers for the health object")


def _decides(patient: Patient) -> Findings:
    """In dns mode the primary and the distribution decide together, in hybrid mode the distribution alone."""
    identifier = deployed.edge(patient.site, patient.account)["FailoverHealthCheckId"]
    with explained(f"look at the health check {identifier}", service="route53"):
        found = patient.client("route53").get_health_check(HealthCheckId=identifier)
    config = found["HealthCheck"]["HealthCheckConfig"]
    calculated = config["Type"] == "CALCULATED"
    where = f"health check {identifier}"
    if calculated != (patient.site.mode is Mode.DNS):
        what = f"is {config['Type']}, which is not what {patient.site.mode.value} mode needs"
        yield Finding("DOCTOR-CHECK", where, what, DEPLOY)
    elif calculated and (config.get("HealthThreshold"), len(config.get("ChildHealthChecks", ()))) != (2, 2):
        children = len(config.get("ChildHealthChecks", ()))
        what = f"needs {config.get('HealthThreshold')} of {children} healthy children, expected 2 of 2"
        yield Finding("DOCTOR-CHECK", where, what, _PUT_BACK)


def delegation(patient: Patient, resolver: dns.resolver.Resolver | None = None) -> Findings:
    """Return whether the world asks the zone's name servers and comes to the records, as a resolver sees it."""
    yield from served(patient, resolver)
    if patient.site.hostname != patient.site.failover_name:
        yield from _leads_here(patient.site, resolver or own_resolver())


def served(patient: Patient, resolver: dns.resolver.Resolver | None = None) -> Findings:
    """Return whether the world asks the zone's name servers, as a resolver sees it."""
    zone = patient.site.hosted_zone
    with explained(f"look at the hosted zone {patient.zone_id or zone.name}", service="route53"):
        told = patient.client("route53").get_hosted_zone(Id=patient.zone_id)
    ours = {name.rstrip(".").lower() for name in told.get("DelegationSet", {}).get("NameServers", ())}
    try:
        answer = (resolver or own_resolver()).resolve(f"{zone.name}.", "NS")
        seen = {str(each.target).rstrip(".").lower() for each in answer}
    except dns.exception.DNSException as error:
        what = f"cannot be resolved ({type(error).__name__}), expected {', '.join(sorted(ours))}"
        yield Finding("DOCTOR-DELEGATION", zone.name, what, "set these name servers where the domain is registered")
        return
    if ours and not seen <= ours:
        what = f"is served by {', '.join(sorted(seen))}, expected {', '.join(sorted(ours))}"
        remedy = "set these name servers where the domain is registered, or name the right zone in the configuration"
        yield Finding("DOCTOR-DELEGATION", zone.name, what, remedy)


def _leads_here(site: Site, resolver: dns.resolver.Resolver) -> Findings:
    try:
        answer = resolver.resolve(f"{site.hostname}.", "CNAME")
        seen = ", ".join(str(each.target).rstrip(".").lower() for each in answer)
        what = "" if seen == site.failover_name else f"is a CNAME of {seen}"
    except dns.exception.DNSException as error:
        what = f"is no CNAME ({type(error).__name__})"
    if what:
        remedy = f"make it a CNAME of {site.failover_name} where its DNS is"
        yield Finding("DOCTOR-DELEGATION", site.hostname, f"{what}, expected one of {site.failover_name}", remedy)
