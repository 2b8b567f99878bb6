"""Finds the stack that has a resource."""

from __future__ import annotations

from s3_failover.operations.account import Account
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.refusals import explained, found_or_none


def need(account: Account) -> Policy:
    """Return what asking for a stack needs."""
    return allow(["cloudformation:DescribeStackResources"], [f"arn:aws:cloudformation:*:{account.id}:stack/*/*"])


def stack_of(ground: Ground, region: str, physical: str) -> str:
    """Return the name of the stack that has a resource; empty if none has.

    Raises:
        UserError: CloudFormation cannot be asked.
    """
    client = ground.client("cloudformation", region)
    with explained(f"ask which stack has {physical}", service="cloudformation"):
        # That no stack has it is a validation error (CloudFormation API, DescribeStackResources).
        found = found_or_none(lambda: client.describe_stack_resources(PhysicalResourceId=physical), "ValidationError")
    return next((str(each["StackName"]) for each in found["StackResources"]), "") if found else ""
