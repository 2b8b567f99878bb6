"""What was deployed for a site, as its stacks say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import EDGE_REGION, Site, StackRole
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import code, explained

_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""Statuses of resources that an update, or its rollback, took out of the stack (CloudFormation API, ResourceStatus)."""


def edge(site: Site, account: Account) -> Mapping[str, str]:
    """Return the outputs of a site's edge stack, by name.

    Raises:
        UserError: the stack is missing or not complete, or cannot be asked for.
    """
    return outputs(site, account, StackRole.EDGE, EDGE_REGION)


def outputs(site: Site, account: Account, role: StackRole, region: str) -> Mapping[str, str]:
    """Return the outputs of a site's stack, by name.

    Raises:
        UserError: the stack is missing or not complete, or cannot be asked for.
    """
    stack = site.naming.stack(role, region)
    with explained(f"look at the stack {stack} in {region}", service="cloudformation"):
        found = _described(account.client("cloudformation", region), stack)
    if found is None:
        raise UserError(f"there is no stack {stack} in {region}: deploy the site with `npx cdk deploy --all`")
    # After ROLLBACK_COMPLETE, unlike UPDATE_ROLLBACK_COMPLETE, there never was anything.
    status = found["StackStatus"]
    if not status.endswith("_COMPLETE") or status.startswith("DELETE") or status == "ROLLBACK_COMPLETE":
        raise UserError(
            f"the stack {stack} in {region} is {status}, expected a complete one: "
            f"`s3-failover doctor {site.name}` says what to do"
        )
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}


def resources(account: Account, region: str, stack: str, kind: str) -> list[str]:
    """Return the physical ids of the resources of a type in a stack.

    Raises:
        UserError: the stack cannot be asked for.
    """
    with explained(f"look at the stack {stack} in {region}", service="cloudformation"):
        found = list(listed(account.client("cloudformation", region), stack))
    return [each.get("PhysicalResourceId", "") for each in found if each["ResourceType"] == kind]


def listed(client: Any, stack: str) -> Iterator[dict[str, Any]]:
    """Return the resources of a stack; what it had and has no more is listed by CloudFormation, too.

    Args:
        client: a client of CloudFormation, in the stack's region.
        stack: its name.
    """
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack):
        yield from (each for each in page["StackResourceSummaries"] if each.get("ResourceStatus") not in _GONE)


def _described(client: Any, stack: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if code(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return found
