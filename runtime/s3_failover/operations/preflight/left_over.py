"""Are there stacks of the site that the file has no more?"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from s3_failover import tags
from s3_failover.config import Site, StackRole
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.doctor.patient import Patient
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight import regions
from s3_failover.operations.preflight.finding import Finding, Findings
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import explained
from s3_failover.operations.together import together

NEED = allow(["cloudformation:DescribeStacks"], ["*"])
"""What listing stacks needs, besides the regions."""

SECONDS = 60.0
"""How long all regions together may take."""

Described = Mapping[str, Any]

_COSTS = {
    StackRole.ZONE: "the zone's monthly price",
    StackRole.REPLICA: "what its bucket holds, and a key where it has one",
    StackRole.WEBSITE: "what its bucket holds, which the world may still read",
    StackRole.HTTPS: "nothing while it is not asked",
    StackRole.EXTERNAL: "nothing",
    StackRole.PRIMARY: "what its bucket holds, and copying it",
    StackRole.EXISTING_PRIMARY: "copying what its bucket holds",
    StackRole.EDGE: "its health checks and alarms",
    StackRole.ALARMS: "its alarms, and the keys of its topics",
    StackRole.CLIENTS: "its alarms, and the key of its topics",
}


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each region that the account may use: a region that left the file is not named in it."""
    for region in sorted(ground.listed) or ground.regions:
        yield Look(f"stacks in {region}", functools.partial(_in, ground, region), (NEED,))


def everywhere(site: Site, account: Account) -> Findings:
    """Return the stacks of a site that the file has no more, in all regions that the account may use.

    Raises:
        UserError: a region could not be asked; what others have is returned before.
    """
    allowed = sorted(regions.enabled(account))
    parts = {region: functools.partial(listed, account, region) for region in allowed}
    found = together(parts, seconds=SECONDS)
    for region, each in found.items():
        if not isinstance(each, UserError):
            yield from of(site, account, region, each)
    for each in found.values():
        if isinstance(each, UserError):
            raise each


def listed(account: Account, region: str) -> tuple[Described, ...]:
    """Return all stacks of a region.

    Raises:
        UserError: CloudFormation cannot be asked.
    """
    client = account.client("cloudformation", region)
    with explained(f"list the stacks in {region}", service="cloudformation"):
        pages = client.get_paginator("describe_stacks").paginate()
        return tuple(stack for page in pages for stack in page["Stacks"])


def _in(ground: Ground, region: str) -> Findings:
    found = ground.listed.get(region, ())
    if isinstance(found, UserError):
        raise found
    yield from of(ground.site, ground.account, region, found)


def of(site: Site, account: Account, region: str, stacks: Iterable[Described]) -> Findings:
    """Return which stacks of a region are the site's by their tag, and not in the file.

    Args:
        site: the site.
        account: its account.
        region: the region.
        stacks: all stacks there.
    """
    wanted = {site.naming.stack(role, where) for role, where in Patient(site, account).expected()}
    for stack in stacks:
        owner = next((tag["Value"] for tag in stack.get("Tags", ()) if tag["Key"] == tags.SITE), None)
        if owner == site.hostname and stack["StackName"] not in wanted and not _is_gone(stack):
            yield _finding(site, stack, region)


def _is_gone(stack: Described) -> bool:
    return str(stack["StackStatus"]).startswith("DELETE_") and stack["StackStatus"] != "DELETE_FAILED"


def _finding(site: Site, stack: Described, region: str) -> Finding:
    name = str(stack["StackName"])
    named = f"--stack-name {name} --region {region}"
    unlock = f"aws cloudformation update-termination-protection --no-enable-termination-protection {named}"
    first = f"`{unlock}`, " if stack.get("EnableTerminationProtection") else ""
    kind = name.removeprefix(site.naming.stacks).removesuffix(f"-{region}")
    role = next((each for each in StackRole if each.value == kind), None)
    kept = "; its bucket and what it holds stay" if role in _KEPT else ""
    what = f"is not in the file any more, and still costs {_COSTS[role] if role else 'what it holds'}"
    todo = f"once what replaces it is deployed: {first}`aws cloudformation delete-stack {named}`{kept}"
    return Finding("PREFLIGHT-LEFT-OVER", f"{name} in {region}", what, todo)


_KEPT = (StackRole.PRIMARY, StackRole.REPLICA, StackRole.WEBSITE)
