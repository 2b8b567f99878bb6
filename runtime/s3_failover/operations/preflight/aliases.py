"""Checks whether another distribution has the hostname, or a wildcard that covers it."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from s3_failover.config import Site
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained


def looks(ground: Ground) -> Iterator[Look]:
    """Return the look at the aliases of distributions."""
    needs = (allow(["cloudfront:ListDistributions", "cloudfront:ListDomainConflicts"], ["*"]),)
    for site in ground.site.under_each_name:
        yield Look(f"distributions with the alias {site.hostname}", functools.partial(_look, ground, site), needs)


def _look(ground: Ground, site: Site) -> Findings:
    """Look at the account's distributions, and through one of them at other accounts'.

    CloudFront tells what other accounts have only to an account with a distribution whose certificate covers the name
    (CloudFront API, ListDomainConflicts).
    """
    own, hostname = ground.distribution_id, site.hostname
    wild = f"*.{hostname.partition('.')[2]}"
    covering = []
    for identifier, aliases in _distributions(ground):
        if identifier != own and hostname in aliases:
            yield _taken(hostname, f"distribution {identifier} of this account", _moving(site, wild))
        elif identifier != own and wild in aliases:
            covering.append(identifier)
            what = f"has the alias {wild}, which covers {hostname}"
            todo = f"nothing, if viewers of {hostname} are to move, as docs/operate/moving.md has them do"
            yield PreflightFinding("PREFLIGHT-ALIAS-OVERLAP", f"distribution {identifier}", what, todo)
    for through in [own or next(iter(covering), "")]:
        if through:
            yield from _of_others(ground, hostname, through)


def _of_others(ground: Ground, hostname: str, through: str) -> Findings:
    with explained(f"ask which distributions conflict with {hostname}", service="cloudfront"):
        found = ground.client("cloudfront").list_domain_conflicts(
            Domain=hostname, DomainControlValidationResource={"DistributionId": through}
        )
    for each in found.get("DomainConflicts", ()):
        ours = _is(each, "AccountId", ground.account.id)
        if not ours or (each.get("ResourceType") != "distribution" and each.get("Domain", "").lower() == hostname):
            holder = f"{_named(each)} of account {each.get('AccountId')}"
            yield _taken(str(each.get("Domain")), holder, "remove the alias there, or have its owner do it")


def _is(conflict: Mapping[str, Any], field: str, value: str) -> bool:
    """Return whether a field is that value, of which CloudFront shows the end."""
    return value.endswith(str(conflict.get(field, value)).strip("*"))


def _named(conflict: Mapping[str, Any]) -> str:
    return f"{conflict.get('ResourceType', 'distribution')} {conflict.get('ResourceId', '')}"


def _moving(site: Site, wild: str) -> str:
    if site.is_apex:
        return (
            "remove the alias there; viewers of an apex cannot move without failing meanwhile: docs/operate/moving.md"
        )
    return (
        f"if viewers use {site.hostname}, give the distribution {wild} in its place, which serves them until the site "
        "does (docs/operate/moving.md); else remove the alias there"
    )


def _taken(alias: str, holder: str, todo: str) -> PreflightFinding:
    what = f"has the alias {alias}, expected it to be free"
    return PreflightFinding("PREFLIGHT-ALIAS", holder, what, todo)


def _distributions(ground: Ground) -> Iterator[tuple[str, list[str]]]:
    with explained("list the distributions", service="cloudfront"):
        pages = ground.client("cloudfront").get_paginator("list_distributions").paginate()
        found = [each for page in pages for each in page["DistributionList"].get("Items", ())]
    return ((each["Id"], [name.lower() for name in each["Aliases"].get("Items", ())]) for each in found)
