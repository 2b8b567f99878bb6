"""Keeps former primaries from writing to the replicas, and the function that copies from emptying them.

A region that was left can come back, with its rules, its function and their queues as they were.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from s3_failover.config import EDGE_REGION, Site
from s3_failover.config.regions import known_regions
from s3_failover.names.site import PREFIX
from s3_failover.operations.account import Account
from s3_failover.operations.drill import bucket_policy
from s3_failover.operations.permissions import statements
from s3_failover.operations.refusals import explained, found_or_none

DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
"""The boundary of a role that may do nothing more. Unlike a policy of the role, it does not stop CloudFormation from
deleting the role with its stack (IAM API, DeleteRole)."""

SID = "S3FailoverFillsThePrimary"
"""Of the statement that keeps replicas from being emptied."""

_POLICIES = ("s3-replication", "event-replication")
"""The names of the policies that let a role copy from a primary."""


def former_roles(site: Site, account: Account) -> list[str]:
    """Return the names of the roles that still may copy from a former primary to the replicas."""
    names = site.names(account.id)
    primaries, ours = f"arn:aws:s3:::{names.any_primary(known_regions())}", f"arn:aws:s3:::{names.primary}"

    def is_former(bucket: str) -> bool:
        return bucket.startswith(primaries) and bucket != ours

    with explained("look for the roles of former primaries", service="iam"):
        return [role for role in _copying(site, account, is_former) if not _is_closed(account, role)]


def close(account: Account, role: str) -> None:
    """Let a role do nothing more."""
    with explained(f"take {role} its permissions", service="iam"):
        _iam(account).put_role_permissions_boundary(RoleName=role, PermissionsBoundary=DENY_ALL)


def shut_roles(site: Site, account: Account) -> list[str]:
    """Return the names of the roles that may not copy from the primary, because it was a former one meanwhile."""
    ours = f"arn:aws:s3:::{site.names(account.id).primary}"
    with explained("look for the roles of the primary", service="iam"):
        return [role for role in _copying(site, account, lambda each: each == ours) if _is_closed(account, role)]


def reopen(account: Account, role: str) -> None:
    """Give a role its permissions back."""
    with explained(f"give {role} its permissions back", service="iam"):
        _iam(account).delete_role_permissions_boundary(RoleName=role)


def keep_replicas(site: Site, account: Account) -> None:
    """Have S3 refuse every deletion in the replicas while the primary is filled.

    The function that copies makes replicas equal to the primary, and a new primary is empty.
    """
    for region, bucket in _replicas(site, account):
        statement = {
            "Sid": SID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:DeleteObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        put = functools.partial(bucket_policy.put, account.client("s3", region), bucket, statement)
        with explained(f"write the policy of {bucket}"):
            # One that is not made yet holds nothing.
            found_or_none(put, "NoSuchBucket")


def are_kept(site: Site, account: Account) -> bool:
    """Tell whether S3 refuses deletions in a replica."""
    return any(_is_kept(account, region, bucket) for region, bucket in _replicas(site, account))


def release_replicas(site: Site, account: Account) -> None:
    """Let objects of the replicas be deleted again."""
    for region, bucket in _replicas(site, account):
        with explained(f"write the policy of {bucket}"):
            bucket_policy.remove(account.client("s3", region), bucket, SID)


def _is_kept(account: Account, region: str, bucket: str) -> bool:
    with explained(f"read the policy of {bucket}"):
        return bucket_policy.has(bucket_policy.read(account.client("s3", region), bucket), SID)


def _replicas(site: Site, account: Account) -> Iterator[tuple[str, str]]:
    """Yield the replicas that a function copies to; S3's own replication deletes nothing by comparing."""
    if not site.versioned:
        yield from ((region, site.names(account.id).replica(region)) for region in site.replica_regions)


def _copying(site: Site, account: Account, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Yield the roles that may copy from a bucket whose ARN is wanted."""
    begins = (site.stack_prefix or PREFIX)[:20]
    for page in _iam(account).get_paginator("list_roles").paginate():
        for role in (str(each["RoleName"]) for each in page["Roles"]):
            sources = _resources(account, role) if role.startswith(begins) else ()
            if any(wanted(each) for each in sources if not each.endswith("*")):
                yield role


def _resources(account: Account, role: str) -> Iterator[str]:
    """Yield what the policies with which a role copies are about."""
    for policy in _POLICIES:
        ask = functools.partial(_iam(account).get_role_policy, RoleName=role, PolicyName=policy)
        found = found_or_none(ask, "NoSuchEntity")
        for statement in statements(found["PolicyDocument"]) if found else ():
            told = statement["Resource"]
            yield from [told] if isinstance(told, str) else told


def _is_closed(account: Account, role: str) -> bool:
    found = _iam(account).get_role(RoleName=role)["Role"]
    return bool(found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == DENY_ALL)


def _iam(account: Account) -> Any:
    return account.client("iam", EDGE_REGION)
