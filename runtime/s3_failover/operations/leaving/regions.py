"""Which regions of a site do not answer, and which one takes the place of a lost primary's."""

import functools
from collections.abc import Collection

from s3_failover.config import EDGE_REGION, Site
from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions
from s3_failover.operations.account import Account
from s3_failover.operations.preflight import bootstrap
from s3_failover.operations.refusals import UnavailableError, explained, found_or_none
from s3_failover.operations.together import together
from s3_failover.results import part

SECONDS = 60.0
"""How long all regions together may take to answer."""


@part
class Move:
    """A region that is left, and the one that takes its place."""

    left: str
    """The region that is left."""
    to: str
    """The region that takes its place."""
    why: str
    """Why it is that one."""


def lost(site: Site, account: Account) -> frozenset[str]:
    """Return the regions of the site's copies whose S3 does not answer."""
    names = site.names(account.id)
    looks = {each: functools.partial(_answers, account, each, names.copy(each)) for each in site.regions}
    found = together(looks, seconds=SECONDS)
    return frozenset(region for region, each in found.items() if isinstance(each, UnavailableError))


def control_planes(account: Account) -> UserError | None:
    """Return why us-east-1 does not change roles, distributions and records now; None if it does."""
    found = together(
        {
            "iam": functools.partial(_iam_answers, account),
            "edge": functools.partial(_cloudformation_answers, account),
            "cdn": functools.partial(_cloudfront_answers, account),
        },
        seconds=SECONDS,
    )
    return next((each for each in found.values() if isinstance(each, UnavailableError)), None)


def choose(site: Site, account: Account, qualifier: str, *, left: str, unfit: Collection[str]) -> Move:
    """Return which region takes the place of one: enabled, free, and bootstrapped and near if there is such a one.

    Regions that are `unfit` are not chosen, nor are the site's.

    Raises:
        UserError: none is known to be enabled and to answer.
    """
    asked = next((each for each in site.regions if each not in unfit), EDGE_REGION)
    allowed = enabled_regions.of(account, region=asked)
    free = sorted(allowed.difference(site.regions, unfit))
    area = left.partition("-")[0]
    near = [each for each in free if each.startswith(f"{area}-")] or free
    looks = {each: functools.partial(bootstrap.version, account, each, qualifier) for each in near}
    found = {each: told for each, told in together(looks, seconds=SECONDS).items() if not isinstance(told, UserError)}
    if not found:
        raise UserError(f"no region of {', '.join(near) or 'the account'} answers and is free: name one with --region")
    ready = [each for each, version in found.items() if (version or 0) >= bootstrap.OLDEST]
    # One region fewer that is lost together with the control planes.
    to = min(ready or found, key=lambda each: (each == EDGE_REGION, each))
    why = [f"in {area}-, as {left} is"] if to.startswith(f"{area}-") else []
    why += ["bootstrapped"] if ready else ["no region of these is bootstrapped"]
    return Move(left, to, ", ".join(["enabled", "not a region of the site", *why]))


def _answers(account: Account, region: str, bucket: str) -> bool:
    with explained(f"look for {bucket} in {region}"):
        return found_or_none(lambda: account.client("s3", region).head_bucket(Bucket=bucket), "404") is not None


def _iam_answers(account: Account) -> bool:
    with explained("list roles", service="iam"):
        return bool(account.client("iam", EDGE_REGION).list_roles(MaxItems=1))


def _cloudformation_answers(account: Account) -> bool:
    with explained(f"list the stacks in {EDGE_REGION}", service="cloudformation"):
        return bool(account.client("cloudformation", EDGE_REGION).list_stacks())


def _cloudfront_answers(account: Account) -> bool:
    with explained("list distributions", service="cloudfront"):
        return bool(account.client("cloudfront", EDGE_REGION).list_distributions(MaxItems="1"))
