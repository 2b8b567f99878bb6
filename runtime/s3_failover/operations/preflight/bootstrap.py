"""Checks whether every region is bootstrapped for the CDK, and recently enough."""

import functools
from collections.abc import Iterator

from s3_failover.operations.account import Account
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import DEFAULT_QUALIFIER, Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained, found_or_none

OLDEST = 6
"""The bootstrap version that the stacks of aws-cdk-lib ask for (`requiresBootstrapStackVersion` in its manifests)."""


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each region."""
    for region in ground.regions:
        arn = f"arn:aws:ssm:{region}:{ground.account.id}:parameter{_parameter(ground.plan.qualifier)}"
        needs = (allow(["ssm:GetParameter"], [arn]),)
        yield Look(f"bootstrap of {region}", functools.partial(_look, ground, region), needs)


def _look(ground: Ground, region: str) -> Findings:
    if not ground.may_use(region):
        return
    found = version(ground.account, region, ground.plan.qualifier)
    if found is None or found < OLDEST:
        what = "is missing" if found is None else f"has version {found}"
        todo = f"`{command(ground.account, region, ground.plan.qualifier)}`"
        yield PreflightFinding(
            "PREFLIGHT-BOOTSTRAP", f"bootstrap of {region}", f"{what}, expected version {OLDEST} or newer", todo
        )


def version(account: Account, region: str, qualifier: str) -> int | None:
    """Return the version of a region's bootstrap; None if it has none, 0 if it has one that tells no number."""
    name = _parameter(qualifier)
    with explained(f"read {name} in {region}", service="ssm"):
        client = account.client("ssm", region)
        value = found_or_none(lambda: client.get_parameter(Name=name)["Parameter"]["Value"], "ParameterNotFound")
    if value is None:
        return None
    return int(value) if str(value).isdecimal() else 0


def command(account: Account, region: str, qualifier: str) -> str:
    """Return the command that bootstraps a region."""
    option = "" if qualifier == DEFAULT_QUALIFIER else f" --qualifier {qualifier}"
    return f"npx cdk bootstrap aws://{account.id}/{region}{option}"


def _parameter(qualifier: str) -> str:
    return f"/cdk-bootstrap/{qualifier}/version"
