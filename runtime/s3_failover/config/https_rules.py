"""The rules about the https secondary: an API in the first replica's region with names and a certificate of its own."""

import re
from collections.abc import Iterator

from s3_failover.config.checks import Breach
from s3_failover.config.literals import literal
from s3_failover.config.model import Site
from s3_failover.config.rulebook import Rulebook
from s3_failover.config.tables import ViewerHttps
from s3_failover.names.spelling import is_hostname

_BOOK = Rulebook()
HTTPS_RULES = _BOOK.rules
"""The rules, in the order in which they are checked."""


@_BOOK.rule(
    "SITE-HTTP-HTTPS-SECONDARY",
    "an https secondary has no port 80: viewers who were let in over HTTP would lose the site when DNS moves",
    compares=["secondary", "viewer_https"],
)
def _optional(site: Site) -> Iterator[Breach]:
    if _is_https(site) and site.https is ViewerHttps.OPTIONAL:
        remedy = 'remove it, or write "hsts", so that browsers never try HTTP again'
        yield Breach("viewer_https", '"optional"', '"redirect" or "hsts" with an https secondary', remedy)


@_BOOK.rule(
    "SITE-SECONDARY-CERTIFICATE",
    "API Gateway takes certificates from its own region only, and no other secondary takes one from here",
    compares=["secondary", "replica_regions"],
)
def _certificate(site: Site) -> Iterator[Breach]:
    arn = site.secondary.certificate_arn
    if arn is None:
        return
    region = site.replica_regions[0]
    if not _is_https(site):
        expected, remedy = "none for this type", 'remove it, or write type = "https"'
        yield Breach("secondary.certificate_arn", literal(arn), expected, remedy)
    elif not re.fullmatch(rf"arn:aws:acm:{re.escape(region)}:[0-9]{{12}}:certificate/[A-Za-z0-9-]+", arn):
        expected = f"arn:aws:acm:{region}:ACCOUNT:certificate/ID"
        remedy = f"request the certificate in {region}, or remove the setting to have one made"
        yield Breach("secondary.certificate_arn", literal(arn), expected, remedy)


@_BOOK.rule(
    "SITE-SECONDARY-NAMES",
    "an https secondary has two names beside the failover records', and a label of DNS has at most 63 characters",
    compares=["secondary", "hostname", "record_name", "replica_regions"],
    unless=["SITE-HOSTNAME", "SITE-RECORD-NAME", "SITE-REGION"],
)
def _names(site: Site) -> Iterator[Breach]:
    if _is_https(site) and not is_hostname(site.endpoint_check_name):
        setting = "hostname" if site.record_name is None else "record_name"
        added = len(site.endpoint_check_name) - len(site.failover_name)
        expected = f"a name whose first label has at most {63 - added} characters, {253 - added} in all"
        yield Breach(setting, literal(site.failover_name), expected, "choose a shorter one")


@_BOOK.rule(
    "SITE-HTTPS-ZONE",
    "an https secondary writes its names into the zone from another region, where only an id that is known leads",
    compares=["secondary", "hosted_zone"],
    unless=["SITE-ZONE-SOURCE"],
)
def _zone(site: Site) -> Iterator[Breach]:
    if _is_https(site) and site.hosted_zone.create:
        remedy = "make and delegate the zone first, then name its id in place of create"
        yield Breach("hosted_zone.create", "true", "an id with an https secondary", remedy)


@_BOOK.rule(
    "SITE-HTTPS-ACCOUNT",
    "an https secondary is where its replica is, while the zone that its names live in is the site's account's",
    compares=["secondary", "replica_account"],
)
def _account(site: Site) -> Iterator[Breach]:
    if _is_https(site) and site.replica_account is not None:
        expected, remedy = "none with an https secondary", "remove it, or choose another type of secondary"
        yield Breach("replica_account", literal(site.replica_account), expected, remedy)


def _is_https(site: Site) -> bool:
    return site.secondary.kind.has_own_names
