"""Checks what is deployed already against the file and against a new deployment."""

import functools
from collections.abc import Iterator

from s3_failover.config import Site, StackRole
from s3_failover.operations import permissions
from s3_failover.operations.deployment import Stack
from s3_failover.operations.doctor.stacks import COMPLETE, WITH_BUCKETS, remedy
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look

_MADE_AGAIN = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
"""Statuses of stacks that the CDK deletes and makes again by itself, unless they are protected."""

_GOES_ON = (*COMPLETE, "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each stack of the site, and those at `distribution_id` and `protected_regions`."""
    needs = (need(ground),)
    for role, region in ground.site.own_stacks:
        part = f"stack {ground.site.naming.stack(role, region)}"
        yield Look(part, functools.partial(_blocked, ground, role, region), needs)
    yield Look("distribution_id", lambda: stale(ground.site, ground.distribution_id), needs)
    yield Look("protected_regions", lambda: _too_early(ground), needs)


def need(ground: Ground) -> Policy:
    """Return what looking at the site's stacks needs."""
    actions = ["cloudformation:DescribeStacks", "cloudformation:ListStackResources"]
    return allow(actions, [permissions.stacks(ground.site, ground.account)])


def _blocked(ground: Ground, role: StackRole, region: str) -> Findings:
    stack, site = ground.stack(role, region), ground.site
    where = f"{stack.name} in {region}"
    if stack.owner not in ("", site.hostname):
        todo = "rename the hostname in the file, or deploy to another account"
        yield PreflightFinding("PREFLIGHT-STACK", where, f"belongs to {stack.owner}, expected {site.hostname}", todo)
    elif stack.status and not _goes_on(stack):
        what = f"is {stack.status}, which a deployment does not go on from"
        yield PreflightFinding("PREFLIGHT-STACK", where, what, _way_out(ground, stack))


def _goes_on(stack: Stack) -> bool:
    return stack.status in _GOES_ON or (stack.status in _MADE_AGAIN and not stack.protected)


def _way_out(ground: Ground, stack: Stack) -> str:
    if stack.status.endswith("_IN_PROGRESS") and stack.status not in _MADE_AGAIN:
        return f"wait until it is over, then run `s3-failover preflight {ground.site.name}` again"
    return remedy(ground.deployment, stack)


def stale(site: Site, deployed: str) -> Findings:
    """Return whether the file names another distribution than the one that is deployed.

    `deployed` is the id of its distribution; empty if there is none.
    """
    if site.distribution_id in (None, deployed):
        return
    what = f"in the file is {site.distribution_id}, deployed is {deployed or 'none'}"
    change = f'set distribution_id = "{deployed}"' if deployed else "remove distribution_id"
    todo = f"{change} below [sites.{site.name}], then deploy with `npx cdk deploy --all`"
    yield PreflightFinding("PREFLIGHT-DISTRIBUTION-ID", f"distribution_id of {site.hostname}", what, todo)


def _too_early(ground: Ground) -> Findings:
    site = ground.site
    for role, region in ground.site.own_stacks:
        named = region in site.protected_regions and role in (*WITH_BUCKETS, StackRole.EXISTING_PRIMARY)
        if named and not ground.stack(role, region).status:
            what = "is protected by the file and not there yet, expected protection after its first deployment"
            todo = f"remove {region} from protected_regions of sites.{site.name}, deploy, and add it again"
            yield PreflightFinding("PREFLIGHT-PROTECTION", f"{site.naming.stack(role, region)} in {region}", what, todo)
