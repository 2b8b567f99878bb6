"""The rules about DNS: the zone, the failover records in it, and what the SECONDARY record points at."""

import re
from collections.abc import Iterator

from s3_failover import values
from s3_failover.config.checks import Breach, misfits
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.config.regions import NO_WEBSITE_ALIAS
from s3_failover.config.rulebook import Rulebook
from s3_failover.names.spelling import bucket_name_problem, hostname_in, is_hostname
from s3_failover.names.stacks import EDGE_REGION

_BOOK = Rulebook()
ZONE_RULES = _BOOK.rules
"""The rules, in the order in which they are checked."""

_ZONE_ID = r"Z[A-Z0-9]{1,31}"
_ROLE_ARN = r"arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}"


# The zone


@_BOOK.rule("SITE-ZONE-NAME", "the failover records are made below this name")
def _zone_name(site: Site) -> Iterator[Breach]:
    yield from misfits("hosted_zone.name", values.zone_name(site.hosted_zone.name))
    if site.hosted_zone.parent:
        yield from misfits("hosted_zone.parent.name", values.zone_name(site.hosted_zone.parent.name))


@_BOOK.rule("SITE-ZONE-ID", "zones are never looked up: synth needs neither credentials nor network")
def _zone_id(site: Site) -> Iterator[Breach]:
    zone, parent = site.hosted_zone, site.hosted_zone.parent
    for setting, value in (("hosted_zone.id", zone.id), ("hosted_zone.parent.id", parent.id if parent else None)):
        if value is not None and not re.fullmatch(_ZONE_ID, value):
            expected = "a hosted zone id: Z and up to 31 upper-case letters and digits"
            remedy = "copy it from `aws route53 list-hosted-zones`, without /hostedzone/"
            yield Breach(setting, literal(value), expected, remedy)


@_BOOK.rule("SITE-ZONE-SOURCE", "a zone is there already, or it is made: never both", compares=["hosted_zone"])
def _zone_source(site: Site) -> Iterator[Breach]:
    zone = site.hosted_zone
    if zone.create == (zone.id is not None):
        got = "both id and create = true" if zone.create else "neither id nor create = true"
        remedy = "name the zone's id, or write create = true to have it made"
        yield Breach("hosted_zone", got, "one of id and create = true", remedy)
    elif zone.parent and not zone.create:
        remedy = "remove parent, or have the zone made with create = true in place of id"
        yield Breach("hosted_zone.parent", "a parent", "none for an existing zone, which is delegated already", remedy)


@_BOOK.rule(
    "SITE-ZONE-PARENT",
    "only the zone right above can delegate, and only a role in its account can write there",
    compares=["hosted_zone"],
    unless=["SITE-ZONE-NAME", "SITE-ZONE-SOURCE"],
)
def _zone_parent(site: Site) -> Iterator[Breach]:
    zone, parent = site.hosted_zone, site.hosted_zone.parent
    if parent is None:
        return
    if not zone.name.endswith(f".{parent.name}"):
        remedy = "name the zone that holds the new one's name"
        yield Breach("hosted_zone.parent.name", literal(parent.name), f"a zone above {zone.name}", remedy)
    if parent.role_arn is not None and not re.fullmatch(_ROLE_ARN, parent.role_arn):
        expected = "arn:aws:iam::ACCOUNT:role/NAME"
        remedy = "copy the role's ARN, or remove it if the parent is in the site's account"
        yield Breach("hosted_zone.parent.role_arn", literal(parent.role_arn), expected, remedy)


# The records


@_BOOK.rule(
    "SITE-HOSTNAME-ZONE",
    "the failover records live in the hosted zone",
    compares=["hostname", "hosted_zone.name", "record_name"],
    unless=["SITE-HOSTNAME", "SITE-ZONE-NAME"],
)
def _hostname_in_zone(site: Site) -> Iterator[Breach]:
    if site.record_name is None and not site.is_in_zone:
        remedy = "name the zone that holds the hostname, or set record_name to a name in this zone and CNAME to it"
        yield Breach("hostname", literal(site.hostname), f"{site.hosted_zone.name} or a name below it", remedy)


@_BOOK.rule(
    "SITE-RECORD-NAME",
    "a hostname that is a CNAME to the failover records leaves them a name of their own",
    compares=["hostname", "hosted_zone.name", "record_name"],
    unless=["SITE-HOSTNAME", "SITE-ZONE-NAME"],
)
def _record_name(site: Site) -> Iterator[Breach]:
    name, zone = site.record_name, site.hosted_zone.name
    if name is None:
        return
    if site.hostname in (name, zone):
        expected = "another name than the hostname" if site.hostname == name else f"none for {zone}, which no CNAME is"
        yield Breach("record_name", literal(name), expected, "remove it: the failover records then are the hostname's")
    else:
        # At the apex only alias records would do, and CloudFront's must be named like an alias of the distribution.
        yield from misfits("record_name", values.record_name(name, zone))


@_BOOK.rule(
    "SITE-RECORD-CERTIFICATE",
    "a certificate is validated where the hostname's DNS is: without Route 53 the deployment would wait for you",
    compares=["hostname", "hosted_zone.name", "record_name", "certificate_arn", "secondary", "replica_regions"],
    unless=["SITE-HOSTNAME", "SITE-ZONE-NAME"],
)
def _record_certificate(site: Site) -> Iterator[Breach]:
    if site.record_name is None or site.is_in_zone:
        return
    needed = [("certificate_arn", site.certificate_arn, EDGE_REGION)]
    if site.secondary.kind.has_own_names:
        needed.append(("secondary.certificate_arn", site.secondary.certificate_arn, site.replica_regions[0]))
    for setting, arn, region in needed:
        if arn is None:
            remedy = f"request one in {region}, create its validation record where the hostname's DNS is, name its ARN"
            yield Breach(setting, "nothing", "an issued certificate together with record_name", remedy)


@_BOOK.rule(
    "SITE-ALIAS",
    "an alias has failover records of its own, in the zone, and is served wherever the hostname is",
    compares=["aliases", "hostname", "record_name", "hosted_zone.name", "secondary", "replica_regions", "existing"],
    unless=["SITE-HOSTNAME", "SITE-ZONE-NAME"],
)
def _aliases(site: Site) -> Iterator[Breach]:
    for alias in site.aliases:
        misfit = next(values.hostname(alias), None)
        if misfit:
            yield from misfits("aliases", [misfit])
        elif problem := _alias_problem(site, alias):
            yield Breach("aliases", literal(alias), *problem)


def _alias_problem(site: Site, alias: str) -> tuple[str, str] | None:
    """Return what would be accepted in place of an alias, and the way out; None for one that will do."""
    zone, under = site.hosted_zone.name, site.under(alias)
    if alias in (site.hostname, site.record_name) or site.aliases.count(alias) > 1:
        return "another name than hostname and record_name, each once", "remove it"
    if not under.is_in_zone:
        return f"{zone} or a name below it", "remove it, or make it a site with a zone of its own"
    if under.is_apex and not site.secondary.kind.has_public_bucket:
        return f"a name below {zone} with this secondary", "remove it, or use a website secondary"
    if under.is_apex and (first := site.replica_regions[0]) in NO_WEBSITE_ALIAS:
        return f"a name below {zone} with a secondary in {first}", "choose another first replica region"
    return _endpoint_problem(site, under) if site.secondary.kind.has_own_names else _redirect_problem(site, alias)


def _endpoint_problem(site: Site, under: Site) -> tuple[str, str] | None:
    taken = [name for each in site.under_each_name for name in (each.endpoint_name, each.endpoint_check_name)]
    if under.hostname in taken or site.failover_name in taken:
        return "a name that the https secondary does not use", "choose another one"
    if not is_hostname(under.endpoint_name):
        added = len(under.endpoint_name) - len(under.hostname)
        return f"a name whose first label has at most {63 - added} characters with an https secondary", "choose another"
    return None


def _redirect_problem(site: Site, alias: str) -> tuple[str, str] | None:
    if not site.secondary.kind.has_public_bucket:
        return None
    if site.replica_regions[0] in site.existing.replica_buckets:
        remedy = "remove it: the bucket that redirects it is made beside the website's"
        return "no alias beside an existing bucket of the website", remedy
    if problem := bucket_name_problem(alias):
        return f"a name that is a legal bucket name ({problem})", "choose another one, or another secondary"
    given = site.existing
    if alias in (
        given.primary_bucket,
        given.cdn_log_bucket,
        *given.replica_buckets.values(),
        *given.log_buckets.values(),
    ):
        return "a name that no bucket of the site has", "remove it: its bucket could not redirect"
    return None


# The apex of a zone


@_BOOK.rule(
    "SITE-APEX-CNAME",
    "DNS allows no CNAME at the apex of a zone, and alias records in its place lead to AWS only",
    compares=["hostname", "hosted_zone.name", "record_name", "secondary"],
    unless=["SITE-HOSTNAME"],
)
def _apex(site: Site) -> Iterator[Breach]:
    zone = site.hosted_zone.name
    if site.is_apex and site.record_name is None and not site.secondary.kind.has_public_bucket:
        remedy = f"use www.{zone} and redirect the apex to it, or a website secondary"
        yield Breach("hostname", literal(site.hostname), f"a name below {zone} with this secondary", remedy)


@_BOOK.rule(
    "SITE-APEX-TTL",
    "the alias records at an apex have no time to live of their own",
    compares=["hostname", "hosted_zone.name", "record_name", "record_ttl"],
)
def _apex_ttl(site: Site) -> Iterator[Breach]:
    if site.is_apex and "record_ttl" in site.model_fields_set:
        yield Breach("record_ttl", literal(site.record_ttl), "none at the apex of a zone", "remove it")


@_BOOK.rule(
    "SITE-APEX-REGION",
    "at an apex the SECONDARY record is an alias to S3, which not every region's websites take",
    compares=["hostname", "hosted_zone.name", "record_name", "replica_regions"],
)
def _apex_region(site: Site) -> Iterator[Breach]:
    first = site.replica_regions[0]
    if site.is_apex and first in NO_WEBSITE_ALIAS:
        remedy = "choose another first replica region, or a hostname below the apex"
        yield Breach("replica_regions", literal(first), "a region whose S3 websites Route 53 can alias", remedy)


# The secondary


@_BOOK.rule(
    "SITE-SECONDARY-HOSTNAME",
    "the SECONDARY record points at the name that another provider gave, and at nothing that fails with the PRIMARY",
    compares=["secondary", "hostname", "record_name"],
)
def _secondary_hostname(site: Site) -> Iterator[Breach]:
    problem = _secondary_problem(site)
    if problem:
        expected, remedy = problem
        name = site.secondary.hostname
        yield Breach("secondary.hostname", "nothing" if name is None else literal(name), expected, remedy)


def _secondary_problem(site: Site) -> tuple[str, str] | None:
    name = site.secondary.hostname
    if site.secondary.kind.is_ours:
        return ("none for this type", 'remove it, or write type = "external"') if name is not None else None
    if name is None:
        return "the other CDN's name", 'add it, for example hostname = "example.cdn.example.net"'
    if not is_hostname(name):
        return "a lower-case domain name without final dot", f"write {hostname_in(name) or 'it as the provider does'}"
    if name in (site.hostname, site.failover_name):
        return "a name of its own", "a record cannot point at itself: use the name that the provider gave"
    if name.endswith(".cloudfront.net"):
        # CloudFront answers by the alias, whatever name DNS led through (CloudFront Developer Guide, CNAMEs).
        return "a CDN other than CloudFront", "an alias lives in one distribution: choose another provider"
    return None
