"""Checks the hosted zone, its delegation, and whether Amazon may issue a certificate for its names."""

import functools
from collections.abc import Iterator
from typing import Any

import dns.exception
import dns.resolver
from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.doctor import dns as world
from s3_failover.operations.own_resolver import own_resolver
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import DeniedError, code, explained

AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""What a CAA record must name for ACM to issue a certificate (ACM User Guide, setup-caa)."""


def looks(ground: Ground) -> Iterator[Look]:
    """Return the looks at the zones in Route 53 and, where the world is asked, at delegation and CAA records."""
    zone, parent = ground.site.hosted_zone, ground.site.hosted_zone.parent
    if zone.id is not None:
        yield _zone(ground, zone.id, zone.name)
    if parent is not None and parent.role_arn is None:
        yield _zone(ground, parent.id, parent.name)
    if not ground.plan.asks_dns:
        return
    needs = (_need(zone.id or "*"),)
    yield Look(f"delegation of {zone.name}", lambda: _delegation(ground), needs)
    for name in certified(ground.site):
        yield Look(f"CAA records of {name}", functools.partial(_caa, ground, name))


def certified(site: Site) -> list[str]:
    """Return the names for which ACM issues a certificate in a deployment of a site."""
    edge = site.hostnames if site.certificate_arn is None else ()
    made = site.secondary.kind.has_own_names and site.secondary.certificate_arn is None
    return list(dict.fromkeys([*edge, *((*site.hostnames, site.endpoint_check_name) if made else ())]))


def _need(identifier: str) -> dict[str, Any]:
    return allow(["route53:GetHostedZone"], [f"arn:aws:route53:::hostedzone/{identifier}"])


def _zone(ground: Ground, identifier: str, name: str) -> Look:
    needs = (_need(identifier), allow(["route53:ListHostedZonesByName"], ["*"]))
    return Look(f"hosted zone {identifier}", lambda: _look(ground, identifier, name), needs)


def _look(ground: Ground, identifier: str, name: str) -> Findings:
    where, found = f"hosted zone {identifier}", _asked(ground, identifier, name)
    if found is None:
        what = f"is not in account {ground.account.id}, expected the public zone of {name} there"
        todo = (
            "correct hosted_zone.id; if the zone is another account's, delegate a part of it to this account with "
            f'hosted_zone = {{ name = "...", create = true, parent = {{ id = "{identifier}", name = "{name}", '
            'role_arn = "..." } }'
        )
        yield PreflightFinding("PREFLIGHT-ZONE", where, what, todo)
        return
    if found.get("Config", {}).get("PrivateZone"):
        what = "is private, expected a public zone, which the world asks"
        yield PreflightFinding("PREFLIGHT-ZONE", where, what, f"name the public zone of {name} in hosted_zone.id")
    if (told := found["Name"].rstrip(".").lower()) != name:
        yield PreflightFinding(
            "PREFLIGHT-ZONE", where, f"is the zone of {told}, expected {name}", "correct hosted_zone"
        )


def _asked(ground: Ground, identifier: str, name: str) -> dict[str, Any] | None:
    client = ground.client("route53")
    with explained(f"look at the hosted zone {identifier}", service="route53"):
        try:
            found: dict[str, Any] = client.get_hosted_zone(Id=identifier)["HostedZone"]
        except ClientError as error:
            denied = code(error) in ("AccessDenied", "AccessDeniedException")
            if code(error) != "NoSuchHostedZone" and not (denied and _is_not_ours(client, identifier, name)):
                raise
            return None
    return found


def _is_not_ours(client: Any, identifier: str, name: str) -> bool:
    """Return whether a zone that may not be looked at is surely another account's."""
    found = client.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    return not any(each["Id"].rpartition("/")[2] == identifier for each in found)


def _delegation(ground: Ground) -> Findings:
    if not ground.zone_id:
        # The site makes the zone: it is delegated by its stack, or by hand when its name servers are known.
        return
    try:
        found = list(world.served(ground.deployment, ground.plan.resolver))
    except DeniedError:
        raise
    except UserError as error:
        if isinstance(error.__cause__, ClientError) and code(error.__cause__) == "NoSuchHostedZone":
            # The look at the zone says it.
            return
        raise
    yield from PreflightFinding.of("PREFLIGHT-DELEGATION", found)


def _caa(ground: Ground, name: str) -> Findings:
    """Look for CAA records from a name upwards; the first that are found count (RFC 8659, section 3)."""
    resolver = ground.plan.resolver or own_resolver()
    labels = name.split(".")
    for start in range(len(labels)):
        parent = ".".join(labels[start:])
        issuers = _issuers(resolver, parent, required=len(parent) >= len(ground.site.hosted_zone.name))
        if issuers is None:
            continue
        if issuers and not any(issuer in AMAZON for issuer in issuers):
            named = ", ".join(sorted(filter(None, issuers))) or "no authority"
            what = f"let {named} issue, expected {AMAZON[0]} among them"
            todo = f'add a CAA record of {parent}: 0 issue "{AMAZON[0]}"'
            yield PreflightFinding("PREFLIGHT-CAA", f"CAA records of {parent}", f"{what} for {name}", todo)
        return


def _issuers(resolver: dns.resolver.Resolver, name: str, *, required: bool) -> set[str] | None:
    """Return whom the CAA records of a name let issue certificates; None where it has none.

    `required` is whether not to get an answer is an error; above the hosted zone it is not.
    """
    try:
        answer = resolver.resolve(f"{name}.", "CAA")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except dns.exception.DNSException as error:
        if not required:
            return None
        raise UserError(f"cannot resolve the CAA records of {name} ({type(error).__name__}): {error}") from error
    issue: list[Any] = [each for each in answer if _text(each.tag) == "issue"]
    return {_text(each.value).partition(";")[0].strip().lower() for each in issue}


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace").lower() if isinstance(value, bytes) else value.lower()
