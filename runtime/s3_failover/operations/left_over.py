"""Stacks that the configuration file has no more, and that still exist and cost: some of a site, or a whole site."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, computed_field

from s3_failover.config import Site, StackRole
from s3_failover.errors import UserError
from s3_failover.names import tags
from s3_failover.operations import enabled_regions
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import allow
from s3_failover.operations.refusals import DeniedError, explained
from s3_failover.operations.together import together
from s3_failover.results import part

NEED = allow(["cloudformation:DescribeStacks"], ["*"])
"""What listing stacks needs, besides the regions."""

Described = Mapping[str, Any]

_COSTS = {
    StackRole.DASHBOARD: "its dashboards, beyond the account's first three",
    StackRole.CLIENTS: "its alarms, and the key of its topics",
    StackRole.ALARMS: "its alarms, and the keys of its topics",
    StackRole.EDGE: "its health checks and alarms",
    StackRole.EVACUATION: "",
    StackRole.HTTPS: "each request that it still gets",
    StackRole.EXTERNAL: "",
    StackRole.EXISTING_PRIMARY: "copying what its bucket holds",
    StackRole.PRIMARY: "what its bucket holds, and copying it",
    StackRole.WEBSITE: "what its bucket holds, which the world may still read",
    StackRole.REPLICA: "what its bucket holds, and a key where it has one",
    StackRole.ZONE: "the zone's monthly price",
}
"""What a stack costs by its role, in the order in which stacks are deleted: readers before what they read."""

_KEPT = (StackRole.PRIMARY, StackRole.REPLICA, StackRole.WEBSITE)


@part
class LeftOver:
    """A stack that no site of the file has."""

    hostname: str
    """Whose it is, by its tag."""
    stack: str
    """Its name."""
    region: str
    """Its region."""
    role: StackRole | None = Field(exclude=True)
    """What it holds; None for a name that is not ours."""
    protected: bool = Field(exclude=True)
    """Whether it has termination protection."""
    in_file: bool = Field(exclude=True)
    """Whether the file still has a site of that hostname."""

    @property
    def where(self) -> str:
        """The stack and its region."""
        return f"{self.stack} in {self.region}"

    @computed_field
    @property
    def what(self) -> str:
        """Why it is a finding."""
        cost = _COSTS[self.role] if self.role else "what it holds"
        return f"is not in the file any more; {f'it still costs {cost}' if cost else 'it costs nothing by itself'}"

    @computed_field
    @property
    def remedy(self) -> str:
        """What to do, with the commands."""
        named = f"--stack-name {self.stack} --region {self.region}"
        unlock = f"aws cloudformation update-termination-protection --no-enable-termination-protection {named}"
        first = f"`{unlock}`, " if self.protected else ""
        kept = "; its bucket and what it holds stay" if self.role in _KEPT else ""
        when = "once what replaces it is deployed" if self.in_file else f"if no other file has {self.hostname}"
        return f"{when}: {first}`aws cloudformation delete-stack {named}`{kept}"


@dataclass(frozen=True)
class Looked:
    """What the regions of an account have, and why those that did not answer could not be asked."""

    found: tuple[LeftOver, ...]
    silent: Mapping[str, UserError]

    @property
    def error(self) -> UserError | None:
        """The first reason, which says how many regions could not be asked; None if all were."""
        if not self.silent:
            return None
        reason = next(iter(self.silent.values()))
        others = len(self.silent) - 1
        more = f" (and in {others} other region{'s' if others > 1 else ''})" if others else ""
        message = f"{reason}{more}"
        return (
            DeniedError(message, permission=reason.permission)
            if isinstance(reason, DeniedError)
            else UserError(message)
        )


def everywhere(sites: Sequence[Site], account: Account, *, seconds: float, strangers: bool = False) -> Looked:
    """Return the stacks that the file has no more, in all regions that the account may use.

    The seconds are for everything, half of them for finding out which regions there are. With `strangers`, stacks of
    hostnames that the file does not have count, too.
    """
    try:
        allowed = enabled_regions.of(account, region=sites[0].replica_regions[0], seconds=seconds / 2)
    except UserError as error:
        return Looked((), {"all regions": error})
    parts = {region: functools.partial(listed, account, region) for region in sorted(allowed)}
    return among(together(parts, seconds=seconds / 2), sites, account, strangers=strangers)


def among(
    stacks: Mapping[str, tuple[Described, ...] | UserError],
    sites: Sequence[Site],
    account: Account,
    *,
    strangers: bool = False,
) -> Looked:
    """Return which of the stacks of all regions the file has no more; a region may be why it could not be asked."""
    silent = {region: each for region, each in stacks.items() if isinstance(each, UserError)}
    found = [
        left
        for region, each in stacks.items()
        if not isinstance(each, UserError)
        for left in _of(sites, account, region, each, strangers=strangers)
    ]
    return Looked(tuple(sorted(found, key=_order)), silent)


def joined(accounts: Mapping[str, Looked | UserError]) -> Looked:
    """Return what several accounts have, by name, each of which may be why it could not be asked."""
    looked = [Looked((), {name: each}) if isinstance(each, UserError) else each for name, each in accounts.items()]
    silent = {
        where if len(accounts) == 1 else f"{where} of {name}": error
        for name, each in zip(accounts, looked, strict=True)
        for where, error in each.silent.items()
    }
    return Looked(tuple(one for each in looked for one in each.found), silent)


def listed(account: Account, region: str) -> tuple[Described, ...]:
    """Return all stacks of a region."""
    client = account.client("cloudformation", region)
    with explained(f"list the stacks in {region}", service="cloudformation"):
        pages = client.get_paginator("describe_stacks").paginate()
        return tuple(stack for page in pages for stack in page["Stacks"])


def _of(
    sites: Sequence[Site], account: Account, region: str, stacks: Iterable[Described], *, strangers: bool
) -> Iterator[LeftOver]:
    known = {site.hostname for site in sites}
    here = [site for site in sites if site.account in (None, account.id)]
    wanted = {site.naming.stack(role, where) for site in here for role, where in site.own_stacks}
    for stack in stacks:
        owner = next((tag["Value"] for tag in stack.get("Tags", ()) if tag["Key"] == tags.SITE), None)
        ours = owner in known or (strangers and owner is not None)
        if ours and stack["StackName"] not in wanted and not _is_gone(stack):
            yield _left(str(owner), stack, region, in_file=owner in known)


def _left(hostname: str, stack: Described, region: str, *, in_file: bool) -> LeftOver:
    name = str(stack["StackName"])
    role = next((each for each in StackRole if name.endswith(f"-{each}-{region}")), None)
    return LeftOver(hostname, name, region, role, bool(stack.get("EnableTerminationProtection")), in_file)


def _is_gone(stack: Described) -> bool:
    return str(stack["StackStatus"]).startswith("DELETE_") and stack["StackStatus"] != "DELETE_FAILED"


def _order(left: LeftOver) -> tuple[str, int, str]:
    return left.hostname, list(_COSTS).index(left.role) if left.role else -1, left.stack
