"""Checks the failover records, the health checks and the delegation."""

from typing import Any

import dns.exception
import dns.resolver

from s3_failover.config import Mode, Site
from s3_failover.names.health_checks import CheckRole
from s3_failover.names.keys import EVACUATED_KEY
from s3_failover.names.stacks import Output
from s3_failover.operations import health_checks
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor.finding import DEPLOY, DoctorFinding, Findings
from s3_failover.operations.own_resolver import own_resolver
from s3_failover.operations.refusals import explained
from s3_failover.operations.status.checks import forced

_PUT_BACK = "put the check back in Route 53: a deploy that changes nothing about it does not see what was set by hand"


def records(deployment: Deployment) -> Findings:
    """Return what is wrong with the failover records."""
    for site in deployment.site.under_each_name:
        yield from _records(deployment, site)


def _records(deployment: Deployment, site: Site) -> Findings:
    """Look at the records of one name of the site."""
    name = f"{site.failover_name}."
    kind: Any = "A" if site.is_apex else "CNAME"
    with explained(f"list the records of {deployment.zone_id}", service="route53"):
        found = deployment.client("route53").list_resource_record_sets(
            HostedZoneId=deployment.zone_id, StartRecordName=name, StartRecordType=kind
        )["ResourceRecordSets"]
    ours = {each.get("Failover", "SIMPLE"): each for each in found if each["Name"] == name and each["Type"] == kind}
    edge = deployment.outputs()
    domain, check = edge[Output.DISTRIBUTION_DOMAIN_NAME], edge[Output.FAILOVER_HEALTH_CHECK_ID]
    yield from _record(site, ours, "PRIMARY", domain, check)
    target = site.secondary.kind.target(site)
    # An alias leads to the region's website endpoint, which finds the bucket by the name that is asked for.
    yield from _record(site, ours, "SECONDARY", target.removeprefix(name) if site.is_apex else target, None)


def _record(site: Site, found: dict[str, Any], role: str, target: str, check: str | None) -> Findings:
    where = f"{role} record of {site.failover_name}"
    if role not in found:
        others = ", ".join(sorted(found)) or "nothing"
        what = f"is not there, expected one: the zone has {others} under that name"
        yield DoctorFinding("DOCTOR-RECORD", where, what, DEPLOY)
        return
    record = found[role]
    has = [each["Value"].rstrip(".") for each in record.get("ResourceRecords", [])]
    has += [record["AliasTarget"]["DNSName"].rstrip(".")] if "AliasTarget" in record else []
    if has != [target]:
        yield DoctorFinding("DOCTOR-RECORD", where, f"points at {', '.join(has)}, expected {target}", DEPLOY)
    if record.get("HealthCheckId") != check:
        what = f"has the health check {record.get('HealthCheckId', 'none')}, expected {check or 'none'}"
        yield DoctorFinding("DOCTOR-RECORD", where, what, DEPLOY)
    if "AliasTarget" not in record and record.get("TTL") != site.record_ttl:
        what = f"has a TTL of {record.get('TTL')} s, expected {site.record_ttl}"
        yield DoctorFinding("DOCTOR-RECORD", where, what, DEPLOY)


def checks(deployment: Deployment) -> Findings:
    """Return what is wrong with the health checks, and which are unhealthy now."""
    endpoints = _endpoints(deployment)
    for role, identifier in health_checks.identifiers(deployment.site, deployment.account).items():
        config = _config(deployment, identifier)
        where = f"health check {identifier} ({role})"
        yield from _check(deployment, config, endpoints, where)
        if config["Type"] != "CALCULATED":
            yield from _status(deployment.client("route53"), identifier, where)
    yield from _decides(deployment)
    yield from _evacuation(deployment)


def _config(deployment: Deployment, identifier: str) -> dict[str, Any]:
    with explained(f"look at the health check {identifier}", service="route53"):
        found = deployment.client("route53").get_health_check(HealthCheckId=identifier)
    config: dict[str, Any] = found["HealthCheck"]["HealthCheckConfig"]
    return config


def _endpoints(deployment: Deployment) -> tuple[str, ...]:
    """Return the names that the checks ask: the services' own, never the record that they decide."""
    site = deployment.site
    return (
        f"{deployment.names.primary}.s3.{site.primary_region}.amazonaws.com",
        deployment.outputs()[Output.DISTRIBUTION_DOMAIN_NAME],
        site.secondary.kind.check_name(site),
    )


def _check(deployment: Deployment, config: dict[str, Any], endpoints: tuple[str, ...], where: str) -> Findings:
    for flag in ("Disabled", "Inverted"):
        if config.get(flag):
            yield DoctorFinding("DOCTOR-CHECK", where, f"is {flag.lower()}, expected not", _PUT_BACK)
    if config["Type"] == "CALCULATED":
        return
    site = deployment.site
    expected = {
        "RequestInterval": site.health_check_interval,
        "FailureThreshold": site.health_check_threshold,
        "ResourcePath": f"/{site.health_key}",
    }
    for name, value in expected.items():
        if config.get(name) != value:
            yield DoctorFinding("DOCTOR-CHECK", where, f"has {name} {config.get(name)}, expected {value}", DEPLOY)
    asked = str(config.get("FullyQualifiedDomainName", config.get("IPAddress", "no address")))
    if asked.rstrip(".").lower() not in endpoints:
        what = f"asks {asked}, expected one of {', '.join(endpoints)}"
        yield DoctorFinding("DOCTOR-CHECK", where, what, _PUT_BACK)


def _status(route53: Any, identifier: str, where: str) -> Findings:
    with explained(f"ask how the health check {identifier} is", service="route53"):
        seen = route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"]
    told = [each["StatusReport"]["Status"] for each in seen]
    good = sum(status.startswith("Success") for status in told)
    # Route 53 calls an endpoint healthy above 18 % (Developer Guide, dns-failover-determining-health-of-endpoints).
    if told and good / len(told) <= 0.18:
        bad = next(status for status in told if not status.startswith("Success"))
        what = f"{good} of {len(told)} checkers succeed, expected most: {bad}"
        yield DoctorFinding(
            "DOCTOR-CHECK-UNHEALTHY", where, what, "see what the endpoint answers for the health object"
        )


def _decides(deployment: Deployment) -> Findings:
    """Return whether the check that moves DNS has all its children, and needs every one."""
    identifier = deployment.outputs()[Output.FAILOVER_HEALTH_CHECK_ID]
    config = _config(deployment, identifier)
    where = f"health check {identifier}"
    if config["Type"] != "CALCULATED":
        yield DoctorFinding("DOCTOR-CHECK", where, f"is {config['Type']}, expected CALCULATED", DEPLOY)
        return
    wanted = 3 if deployment.site.mode is Mode.DNS else 2
    needed, children = config.get("HealthThreshold"), len(config.get("ChildHealthChecks", ()))
    if (needed, children) != (wanted, wanted):
        what = f"needs {needed} of {children} healthy children, expected {wanted} of {wanted}"
        yield DoctorFinding("DOCTOR-CHECK", where, what, _PUT_BACK)


def _evacuation(deployment: Deployment) -> Findings:
    """Return whether the evacuation's check asks for the switch's object, and is inverted."""
    identifier = deployment.outputs()[Output.EVACUATION_HEALTH_CHECK_ID]
    config = _config(deployment, identifier)
    where = f"health check {identifier} ({CheckRole.EVACUATION})"
    bucket = f"{deployment.names.evacuation}.s3.{deployment.site.replica_regions[0]}.amazonaws.com"
    asked = f"{config.get('FullyQualifiedDomainName')}{config.get('ResourcePath')}"
    if asked != f"{bucket}/{EVACUATED_KEY}":
        yield DoctorFinding("DOCTOR-CHECK", where, f"asks {asked}, expected {bucket}/{EVACUATED_KEY}", _PUT_BACK)
    if by_hand := forced(CheckRole.EVACUATION, config):
        yield DoctorFinding("DOCTOR-CHECK", where, f"is {' and '.join(by_hand)}, expected inverted", _PUT_BACK)


def delegation(deployment: Deployment, resolver: dns.resolver.Resolver | None = None) -> Findings:
    """Return whether public resolvers ask the zone's name servers and find the records."""
    yield from served(deployment, resolver)
    if deployment.site.hostname != deployment.site.failover_name:
        yield from _leads_here(deployment.site, resolver or own_resolver())


def served(deployment: Deployment, resolver: dns.resolver.Resolver | None = None) -> Findings:
    """Return whether public resolvers ask the zone's name servers."""
    zone = deployment.site.hosted_zone
    with explained(f"look at the hosted zone {deployment.zone_id or zone.name}", service="route53"):
        told = deployment.client("route53").get_hosted_zone(Id=deployment.zone_id)
    ours = {name.rstrip(".").lower() for name in told.get("DelegationSet", {}).get("NameServers", ())}
    try:
        answer = (resolver or own_resolver()).resolve(f"{zone.name}.", "NS")
        seen = {str(each.target).rstrip(".").lower() for each in answer}
    except dns.exception.DNSException as error:
        what = f"cannot be resolved ({type(error).__name__}), expected {', '.join(sorted(ours))}"
        yield DoctorFinding(
            "DOCTOR-DELEGATION", zone.name, what, "set these name servers where the domain is registered"
        )
        return
    if ours and not seen <= ours:
        what = f"is served by {', '.join(sorted(seen))}, expected {', '.join(sorted(ours))}"
        remedy = "set these name servers where the domain is registered, or name the right zone in the configuration"
        yield DoctorFinding("DOCTOR-DELEGATION", zone.name, what, remedy)


def recovery(deployment: Deployment) -> Findings:
    """Return whether the zone's records can be changed while us-east-1 is down."""
    zone = deployment.zone_id
    with explained(f"look at the hosted zone {zone}", service="route53"):
        told: Any = deployment.client("route53").get_hosted_zone(Id=zone)
    status = told["HostedZone"].get("Features", {}).get("AcceleratedRecoveryStatus", "not enabled")
    if not status.startswith("ENABL") or status == "ENABLE_FAILED":
        what = f"has accelerated recovery {status}, expected ENABLED"
        remedy = f"aws route53 update-hosted-zone-features --hosted-zone-id {zone} --enable-accelerated-recovery"
        yield DoctorFinding("DOCTOR-ZONE-RECOVERY", deployment.site.hosted_zone.name, what, remedy)


def _leads_here(site: Site, resolver: dns.resolver.Resolver) -> Findings:
    try:
        answer = resolver.resolve(f"{site.hostname}.", "CNAME")
        seen = ", ".join(str(each.target).rstrip(".").lower() for each in answer)
        what = "" if seen == site.failover_name else f"is a CNAME of {seen}"
    except dns.exception.DNSException as error:
        what = f"is no CNAME ({type(error).__name__})"
    if what:
        remedy = f"make it a CNAME of {site.failover_name} where its DNS is"
        yield DoctorFinding("DOCTOR-DELEGATION", site.hostname, f"{what}, expected one of {site.failover_name}", remedy)
