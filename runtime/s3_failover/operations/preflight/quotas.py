"""Checks whether the account's quotas suffice for what exists and what the file adds."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.errors import UserError
from s3_failover.operations.limits import DEFAULTS, adds
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained


@dataclass(frozen=True)
class Quota:
    """A quota of the account.

    `action` is that of IAM for counting; `code` is the quota's in Service Quotas, None where it is documented and not
    told.
    """

    what: str
    used: Callable[[Ground], int]
    action: str
    service: str = "cloudfront"
    code: str | None = None


@dataclass(frozen=True)
class Use:
    """How much of a quota is in use, and where the limit is from, if the account does not tell it."""

    what: str
    used: int
    limit: int
    source: str = ""


_DEFAULT = ", the documented default, because Service Quotas does not tell"


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each quota."""
    for what, count, needs in _counts(ground):
        yield Look(f"quota of {what}", functools.partial(_looked, ground, count), needs)


def uses(ground: Ground) -> Iterator[Use]:
    """Yield how much of each quota is in use now; raise UserError at one that does not tell."""
    return (count() for _, count, _ in _counts(ground))


def needs(ground: Ground) -> Iterator[Policy]:
    """Yield the statements of the least IAM policy that lets a user count."""
    return (statement for _, _, needed in _counts(ground) for statement in needed)


def _counts(ground: Ground) -> Iterator[tuple[str, Callable[[], Use], tuple[Policy, ...]]]:
    yield "health checks", lambda: _health_checks(ground), (allow(["route53:GetAccountLimit"], ["*"]),)
    yield "IAM roles", lambda: _roles(ground), (allow(["iam:GetAccountSummary"], ["*"]),)
    for quota in QUOTAS:
        needed = [allow([quota.action], ["*"])]
        if quota.code is not None:
            arn = f"arn:aws:servicequotas:*:{ground.account.id}:{quota.service}/{quota.code}"
            needed.append(allow(["servicequotas:GetServiceQuota"], [arn]))
        yield quota.what, functools.partial(_count, ground, quota), tuple(needed)


def _looked(ground: Ground, count: Callable[[], Use]) -> Findings:
    yield from _judged(ground, count())


def _to_come(ground: Ground) -> tuple[Counter[str], int]:
    """Return what the file adds, and how many of its sites are not deployed yet."""
    listed = ground.listed.get(EDGE_REGION, ())
    if isinstance(listed, UserError):
        raise listed
    there = {each["StackName"] for each in listed}
    sites = [
        site
        for site in ground.plan.sites or (ground.site,)
        if site.account in (None, ground.account.id) and site.naming.stack(StackRole.EDGE, EDGE_REGION) not in there
    ]
    return sum((adds(site, ground.account.id) for site in sites), Counter()), len(sites)


def _health_checks(ground: Ground) -> Use:
    with explained("ask for the quota of health checks", service="route53"):
        told = ground.client("route53").get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")
    return Use("health checks", told["Count"], told["Limit"]["Value"])


def _roles(ground: Ground) -> Use:
    with explained("ask for the quota of IAM roles", service="iam"):
        told = ground.client("iam").get_account_summary()["SummaryMap"]
    return Use("IAM roles", told["Roles"], told["RolesQuota"])


def _count(ground: Ground, quota: Quota) -> Use:
    with explained(f"count the {quota.what}", service=quota.service):
        used = quota.used(ground)
    limit = _applied(ground, quota)
    if limit is None:
        return Use(quota.what, used, DEFAULTS[quota.what], _DEFAULT)
    return Use(quota.what, used, limit)


def _judged(ground: Ground, use: Use) -> Findings:
    added, sites = _to_come(ground)
    if added[use.what] and use.used + added[use.what] > use.limit:
        adds_up = f"are {use.used}, and the file adds {added[use.what]} for {sites} sites"
        got = f"{adds_up}, expected at most {use.limit}{use.source}"
        todo = "ask for more in Service Quotas or with AWS Support, or deploy fewer sites to this account"
        yield PreflightFinding("PREFLIGHT-QUOTA", f"{use.what} of account {ground.account.id}", got, todo)


def _applied(ground: Ground, quota: Quota) -> int | None:
    """Return the quota that applies to the account, if Service Quotas tells it to these credentials."""
    if quota.code is None:
        return None
    try:
        with explained(f"ask for the quota of {quota.what}", service="servicequotas"):
            client = ground.client("service-quotas")
            told = client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)
    except UserError:
        return None
    return int(told["Quota"]["Value"])


def _counted(method: str, answer: str, **parameters: str) -> Callable[[Ground], int]:
    """Return what counts the items of a list of CloudFront, all of which come in pages."""

    def count(ground: Ground) -> int:
        ask, total = getattr(ground.client("cloudfront"), method), 0
        marker: dict[str, str] = {}
        while True:
            page: dict[str, Any] = ask(**parameters, **marker)[answer]
            total += len(page.get("Items", ()))
            if not page.get("NextMarker"):
                return total
            marker = {"Marker": page["NextMarker"]}

    return count


def _buckets(ground: Ground) -> int:
    pages = ground.client("s3").get_paginator("list_buckets").paginate()
    return sum(len(page.get("Buckets", ())) for page in pages)


QUOTAS = (
    Quota(
        "distributions",
        _counted("list_distributions", "DistributionList"),
        "cloudfront:ListDistributions",
        code="L-24B04930",
    ),
    Quota(
        "CloudFront functions",
        _counted("list_functions", "FunctionList", Stage="DEVELOPMENT"),
        "cloudfront:ListFunctions",
    ),
    Quota(
        "response headers policies",
        _counted("list_response_headers_policies", "ResponseHeadersPolicyList", Type="custom"),
        "cloudfront:ListResponseHeadersPolicies",
        code="L-CF0D4FC5",
    ),
    Quota(
        "origin request policies",
        _counted("list_origin_request_policies", "OriginRequestPolicyList", Type="custom"),
        "cloudfront:ListOriginRequestPolicies",
        code="L-C3659C43",
    ),
    Quota(
        "origin access controls",
        _counted("list_origin_access_controls", "OriginAccessControlList"),
        "cloudfront:ListOriginAccessControls",
    ),
    Quota("buckets", _buckets, "s3:ListAllMyBuckets", "s3", "L-DC2B2D3D"),
)
"""The quotas that sites use up and that are counted by a list."""
