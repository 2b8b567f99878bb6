"""The rules that a configuration must keep, each with a stable id and the reason why it exists.

A rule is a function from a site to the settings that break it. The ids are a contract: scripts and people rely on them.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import botocore.session

from s3_failover.config.findings import Finding
from s3_failover.config.model import Mode, Site, ViewerHttps


class Breach(NamedTuple):
    """One setting that breaks a rule: where it is, what it holds, what would do, and the way out."""

    field: str
    got: str
    expected: str
    remedy: str


@dataclass(frozen=True)
class Rule:
    """A rule for one site, with the reason it exists."""

    id: str
    reason: str
    breaches: Callable[[Site], Iterable[Breach]]

    def check(self, site: Site) -> Iterator[Finding]:
        """Return a finding for each setting of the site that breaks the rule."""
        for breach in self.breaches(site):
            where = f"sites.{site.name}.{breach.field}" if breach.field else f"sites.{site.name}"
            yield Finding(self.id, where, breach.got, breach.expected, self.reason, breach.remedy)


RULES: list[Rule] = []

_Check = Callable[[Site], Iterable[Breach]]


def _rule(rule_id: str, reason: str) -> Callable[[_Check], _Check]:
    def register(check: _Check) -> _Check:
        RULES.append(Rule(rule_id, reason, check))
        return check

    return register


def check_site(site: Site) -> Iterator[Finding]:
    """Return what is wrong with one site, in the order of the rules."""
    for rule in RULES:
        yield from rule.check(site)


def check_sites(sites: Sequence[Site]) -> Iterator[Finding]:
    """Return what is wrong between sites: two of them may not own the same hostname or bucket."""
    yield from _shared("SITES-HOSTNAME-UNIQUE", sites, "hostname", lambda site: [site.hostname], HOSTNAME_UNIQUE)
    yield from _shared("SITES-BUCKET-UNIQUE", sites, "primary_bucket", _bucket_names, BUCKET_UNIQUE)


HOSTNAME_UNIQUE = "CloudFront refuses an alias twice and Route 53 a record twice"
BUCKET_UNIQUE = "bucket names are global: two sites would write into one bucket"


def _bucket_names(site: Site) -> list[str]:
    names = site.names(site.account or "0" * 12)
    return [names.primary, *(names.replica(region) for region in site.replica_regions[1:])]


def _shared(
    rule_id: str, sites: Sequence[Site], field: str, values: Callable[[Site], list[str]], reason: str
) -> Iterator[Finding]:
    owners: dict[str, Site] = {}
    for site in sites:
        for value in values(site):
            owner = owners.setdefault(value, site)
            if owner is not site:
                expected = f"a value that sites.{owner.name} does not use"
                where = f"sites.{site.name}.{field}"
                yield Finding(rule_id, where, value, expected, reason, f"change it here or in sites.{owner.name}")
                break


# Names


@_rule("SITE-NAME", "the name is part of stack names and of the alarms' names")
def _site_name(site: Site) -> Iterator[Breach]:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", site.name):
        expected = "1 to 32 lower-case letters, digits and hyphens, a letter first"
        yield Breach("", _quote(site.name), expected, "rename the table [sites.NAME]")


@_rule("SITE-HOSTNAME", "DNS, ACM, CloudFront and S3 must all take it as it stands")
def _hostname(site: Site) -> Iterator[Breach]:
    if not _is_hostname(site.hostname):
        expected = "a lower-case domain name without scheme, path, wildcard or final dot"
        yield Breach("hostname", _quote(site.hostname), expected, "write it as in assets.example.com")


@_rule("SITE-ZONE-NAME", "records are made in this zone and validated against its name")
def _zone_name(site: Site) -> Iterator[Breach]:
    if not _is_hostname(site.hosted_zone.name):
        expected = "a lower-case domain name without final dot"
        yield Breach("hosted_zone.name", _quote(site.hosted_zone.name), expected, "write it as in example.com")


@_rule("SITE-ZONE-ID", "zones are never looked up: synth needs neither credentials nor network")
def _zone_id(site: Site) -> Iterator[Breach]:
    if not re.fullmatch(r"Z[A-Z0-9]{1,31}", site.hosted_zone.id):
        expected = "a hosted zone id: Z and up to 31 upper-case letters and digits"
        remedy = "copy it from `aws route53 list-hosted-zones`, without /hostedzone/"
        yield Breach("hosted_zone.id", _quote(site.hosted_zone.id), expected, remedy)


@_rule("SITE-HOSTNAME-ZONE", "the failover records live in the hosted zone")
def _hostname_in_zone(site: Site) -> Iterator[Breach]:
    zone = site.hosted_zone.name
    if site.hostname != zone and not site.hostname.endswith(f".{zone}"):
        remedy = "name the zone that holds the hostname, or change the hostname"
        yield Breach("hostname", _quote(site.hostname), f"a name below {zone}", remedy)


@_rule("SITE-APEX-CNAME", "failover moves a CNAME, and DNS allows none at the apex of a zone")
def _apex(site: Site) -> Iterator[Breach]:
    zone = site.hosted_zone.name
    if site.hostname == zone:
        remedy = f"use www.{zone} and redirect the apex to it, or name the parent's zone"
        yield Breach("hostname", _quote(site.hostname), f"a name below {zone}", remedy)


@_rule("SITE-WEBSITE-BUCKET-NAME", "S3 finds a website's bucket by the Host header, so the replica bears the hostname")
def _website_bucket(site: Site) -> Iterator[Breach]:
    problem = _bucket_name_problem(site.hostname)
    if _is_hostname(site.hostname) and problem:
        yield Breach("hostname", _quote(site.hostname), f"a legal bucket name ({problem})", "choose another hostname")


@_rule("SITE-PRIMARY-BUCKET-NAME", "the primary is read under its own name with TLS, and the hostname is the replica's")
def _primary_bucket(site: Site) -> Iterator[Breach]:
    name = site.primary_bucket
    if name is None:
        return
    problem = "not the hostname" if name == site.hostname else _bucket_name_problem(name)
    if not problem and "." in name:
        problem = "no dots: the certificate *.s3.REGION.amazonaws.com covers one label"
    if problem:
        remedy = "remove it to get a name made of hostname, account and region"
        yield Breach("primary_bucket", _quote(name), f"a legal bucket name ({problem})", remedy)


# Regions and account


@_rule("SITE-REGION", "buckets, stacks and website endpoints exist in AWS's commercial regions only")
def _regions(site: Site) -> Iterator[Breach]:
    fields = [("primary_region", site.primary_region), *(("replica_regions", r) for r in site.replica_regions)]
    for field, region in fields:
        if region not in known_regions():
            expected = "a commercial AWS region such as us-east-1 or eu-west-1"
            yield Breach(field, _quote(region), expected, "correct the spelling, or update boto3 if the region is new")


@_rule("SITE-REGIONS-DISTINCT", "a copy in the region that is lost is lost with it")
def _distinct_regions(site: Site) -> Iterator[Breach]:
    seen = {site.primary_region}
    for region in site.replica_regions:
        if region in seen:
            expected = "regions that differ from the primary's and from each other"
            yield Breach("replica_regions", _quote(region), expected, "choose another region")
        seen.add(region)


@_rule("SITE-ACCOUNT", "stacks are deployed to exactly one account")
def _account(site: Site) -> Iterator[Breach]:
    if site.account is not None and not re.fullmatch(r"\d{12}", site.account):
        remedy = "write the account id as a string, or remove it to use the deploying credentials' account"
        yield Breach("account", _quote(site.account), "twelve digits", remedy)


# Distribution


@_rule("SITE-CERTIFICATE", "CloudFront takes certificates from us-east-1 only")
def _certificate(site: Site) -> Iterator[Breach]:
    arn = site.certificate_arn
    if arn is not None and not re.fullmatch(r"arn:aws:acm:us-east-1:\d{12}:certificate/[A-Za-z0-9-]+", arn):
        remedy = "request the certificate in us-east-1, or remove the setting to have one made"
        yield Breach("certificate_arn", _quote(arn), "arn:aws:acm:us-east-1:ACCOUNT:certificate/ID", remedy)


@_rule("SITE-DISTRIBUTION-ID", "bucket policies admit exactly the distribution of this id")
def _distribution_id(site: Site) -> Iterator[Breach]:
    value = site.distribution_id
    if value is not None and not re.fullmatch(r"E[A-Z0-9]{5,20}", value):
        remedy = "copy it from the edge stack's output DistributionId, or remove it"
        yield Breach("distribution_id", _quote(value), "a distribution id such as E2QWRUHAPOMQZL", remedy)


@_rule("SITE-HSTS-HTTP-SECONDARY", "a browser that remembers HSTS cannot open an S3 website endpoint, which has no TLS")
def _hsts(site: Site) -> Iterator[Breach]:
    if site.https is ViewerHttps.HSTS:
        yield Breach("viewer_https", '"hsts"', "optional or redirect", "remove it while the secondary is a website")


@_rule("SITE-REDIRECT-HTTP-SECONDARY", "browsers keep the redirect to HTTPS, which the secondary does not speak")
def _redirect(site: Site) -> Iterator[Breach]:
    if site.mode is Mode.DNS and site.https is ViewerHttps.REDIRECT:
        remedy = 'remove it, or use mode = "hybrid", which keeps HTTPS through the loss of the primary region'
        yield Breach("viewer_https", '"redirect"', '"optional" in dns mode with a website secondary', remedy)


@_rule(
    "SITE-FAILOVER-STATUS-CODES", "a refused connection counts as 503 and a timeout as 504: without them nothing moves"
)
def _status_codes(site: Site) -> Iterator[Breach]:
    codes = set(site.failover_status_codes)
    missing = {500, 502, 503, 504} - codes
    foreign = codes - {400, 403, 404, 416, 429, 500, 502, 503, 504}
    if missing or foreign or len(codes) != len(site.failover_status_codes):
        expected = "500, 502, 503 and 504, and of 400, 403, 404, 416, 429 what you choose, each once"
        yield Breach("failover_status_codes", str(list(site.failover_status_codes)), expected, "correct the list")


# Objects


@_rule(
    "SITE-HEALTH-KEY",
    "the key is a path for health checks, CloudFront and bucket policies alike: no wildcard may slip in",
)
def _health_key(site: Site) -> Iterator[Breach]:
    key = site.health_key
    # Route 53 takes 255 characters of path, and the path starts with a slash.
    legal = re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", key) and len(key) < 255
    if not legal or {".", ".."} & set(key.split("/")):
        expected = "up to 254 of A-Z a-z 0-9 . _ - in parts split by single slashes, not starting with one"
        yield Breach("health_key", _quote(key), expected, "choose a plain key such as _s3-failover/health.txt")
    elif key in (site.index_document, site.error_document):
        expected = "a key of its own"
        remedy = "the health object is protected from deletion and never cached: keep it apart from content"
        yield Breach("health_key", _quote(key), expected, remedy)


@_rule("SITE-DOCUMENT", "S3 websites take a plain name for the index document and a key for the error document")
def _documents(site: Site) -> Iterator[Breach]:
    plain = r"[A-Za-z0-9._-]+"
    if not re.fullmatch(plain, site.index_document) or site.index_document in (".", ".."):
        yield Breach("index_document", _quote(site.index_document), "a name without slash", "use index.html")
    if not re.fullmatch(rf"{plain}(/{plain})*", site.error_document) or ".." in site.error_document.split("/"):
        yield Breach("error_document", _quote(site.error_document), "a key without leading slash", "use error.html")


# Alarms


@_rule("SITE-ALARM-EMAIL", "an alarm that nobody gets is found out in the outage")
def _emails(site: Site) -> Iterator[Breach]:
    for field in ("critical_emails", "warning_emails"):
        emails: tuple[str, ...] = getattr(site.alarms, field)
        for index, email in enumerate(emails):
            if not re.fullmatch(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", email):
                yield Breach(f"alarms.{field}", _quote(email), "an address such as oncall@example.com", "correct it")
            elif email in emails[:index]:
                yield Breach(f"alarms.{field}", _quote(email), "each address once", "remove it")


@functools.cache
def known_regions() -> frozenset[str]:
    """The commercial regions with S3 that the installed botocore knows; needs no network."""
    return frozenset(botocore.session.get_session().get_available_regions("s3", partition_name="aws"))


def _is_hostname(name: str) -> bool:
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    return len(name) <= 253 and bool(re.fullmatch(rf"{label}(\.{label})+", name)) and not _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _bucket_name_problem(name: str) -> str | None:
    """Return what S3 refuses about a bucket name, or None (S3 User Guide, bucketnamingrules)."""
    prefixes = ("xn--", "sthree-", "amzn-s3-demo-")
    suffixes = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
    if not 3 <= len(name) <= 63:
        return f"3 to 63 characters, not {len(name)}"
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) or ".." in name or _is_address(name):
        return "lower-case letters, digits, dots and hyphens"
    if name.startswith(prefixes) or name.endswith(suffixes):
        return f"not starting with {' '.join(prefixes)} nor ending with {' '.join(suffixes)}"
    return None


def _quote(value: str) -> str:
    return '"' + value.encode("unicode_escape").decode().replace('"', '\\"') + '"'
