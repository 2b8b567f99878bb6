"""Checks whether the account may use the regions, and whether they offer the services that the site uses there."""

import functools
from collections.abc import Iterator

from botocore.exceptions import EndpointConnectionError

from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained


def looks(ground: Ground) -> Iterator[Look]:
    """Return the look at the regions, and those at services in them."""
    yield Look("regions that the account may use", lambda: _look(ground), (enabled_regions.NEED,))
    site, first = ground.site, ground.site.replica_regions[0]
    functions = [site.primary_region]
    if site.secondary.kind.has_own_names and site.replica_account is None:
        functions.append(first)
        apis = (allow(["apigateway:GET"], [f"arn:aws:apigateway:{first}::/apis"]),)
        yield Look(f"API Gateway in {first}", lambda: _offered(ground, first, "API Gateway", "apigatewayv2"), apis)
    for region in functions:
        needs = (allow(["lambda:GetAccountSettings"], ["*"]),)
        yield Look(f"Lambda in {region}", functools.partial(_offered, ground, region, "Lambda", "lambda"), needs)


def _look(ground: Ground) -> Findings:
    if isinstance(ground.enabled, UserError):
        raise ground.enabled
    for region in ground.regions:
        if region not in ground.enabled:
            what = f"is not enabled for account {ground.account.id}, expected it to be"
            todo = f"`aws account enable-region --region-name {region}`, which may take hours, or choose another region"
            yield PreflightFinding("PREFLIGHT-REGION", region, what, todo)


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
        yield PreflightFinding("PREFLIGHT-SERVICE", f"{title} in {region}", "has no endpoint there, expected one", todo)
