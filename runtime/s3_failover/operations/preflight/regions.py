"""May the account use the regions, and do they offer the services that the site uses there?"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from botocore.exceptions import EndpointConnectionError

from s3_failover.config import EDGE_REGION, SecondaryType
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Finding, Findings
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained

NEED = allow(["account:ListRegions", "ec2:DescribeRegions"], ["*"])
"""What asking for the regions needs; one of the two suffices."""


def looks(ground: Ground) -> Iterator[Look]:
    """Return the look at the regions, and those at services in them."""
    yield Look("regions that the account may use", lambda: _look(ground), (NEED,))
    site, first = ground.site, ground.site.replica_regions[0]
    functions = [site.primary_region]
    if site.secondary.type is SecondaryType.HTTPS and site.replica_account is None:
        functions.append(first)
        apis = (allow(["apigateway:GET"], [f"arn:aws:apigateway:{first}::/apis"]),)
        yield Look(f"API Gateway in {first}", lambda: _apis(ground, first), apis)
    for region in functions:
        needs = (allow(["lambda:GetAccountSettings"], ["*"]),)
        yield Look(f"Lambda in {region}", functools.partial(_functions, ground, region), needs)


def enabled(account: Account) -> frozenset[str]:
    """Return the regions that an account may use.

    Raises:
        UserError: neither Account Management nor EC2 tells.
    """
    try:
        return _by_account(account)
    except UserError as error:
        try:
            return _by_ec2(account)
        except UserError:
            raise error from error.__cause__


def _by_account(account: Account) -> frozenset[str]:
    client = account.client("account", EDGE_REGION)
    with explained("list the regions", service="account"):
        pages = client.get_paginator("list_regions").paginate()
        found = [each for page in pages for each in page["Regions"]]
    return frozenset(each["RegionName"] for each in found if each["RegionOptStatus"].startswith("ENABLED"))


def _by_ec2(account: Account) -> frozenset[str]:
    with explained("list the regions", service="ec2"):
        # Without more, these are the enabled ones (EC2 API, DescribeRegions).
        found = account.client("ec2", EDGE_REGION).describe_regions()["Regions"]
    return frozenset(each["RegionName"] for each in found)


def _look(ground: Ground) -> Findings:
    if isinstance(ground.enabled, UserError):
        raise ground.enabled
    for region in ground.regions:
        if region not in ground.enabled:
            what = f"is not enabled for account {ground.account.id}, expected it to be"
            todo = f"`aws account enable-region --region-name {region}`, which may take hours, or choose another region"
            yield Finding("PREFLIGHT-REGION", region, what, todo)


def _apis(ground: Ground, region: str) -> Findings:
    yield from _offered(ground, region, "API Gateway", "apigatewayv2")


def _functions(ground: Ground, region: str) -> Findings:
    yield from _offered(ground, region, "Lambda", "lambda")


def _offered(ground: Ground, region: str, title: str, service: str) -> Findings:
    if not ground.may_use(region):
        return
    client = ground.client(service, region)
    try:
        with explained(f"ask {title} in {region}", service="apigateway" if service == "apigatewayv2" else service):
            client.get_apis(MaxResults="1") if service == "apigatewayv2" else client.get_account_settings()
    except UserError as error:
        if not isinstance(error.__cause__, EndpointConnectionError):
            raise
        todo = "choose another region"
        yield Finding("PREFLIGHT-SERVICE", f"{title} in {region}", "has no endpoint there, expected one", todo)
