"""AWS::IAM::Role: its permissions boundary is a policy that must exist, and the role shows it.

Nothing here decides by it: what a role may do is decided where its policies are asked, without the boundary.
"""

from typing import Any

from breakable_aws.emulator.answers import RefusedError, require
from breakable_aws.emulator.base.requests import ask_query, succeeds
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, check_before, complete_after

TYPE = "AWS::IAM::Role"


def install() -> None:
    """Give roles the boundary that their templates name."""
    check_before(TYPE, _with_boundary)
    complete_after(TYPE, _bind)


def _with_boundary(properties: Properties, _physical: str | None) -> Properties:
    arn = properties.get("PermissionsBoundary")
    if arn is not None and not succeeds(ask_query("iam", "GetPolicy", {"PolicyArn": arn})):
        raise RefusedError(f"NoSuchEntity: Scope ARN: {arn} does not exist or is not attachable.")
    return properties


def _bind(role: Resource, properties: Properties, *_: Any) -> None:
    name, boundary = {"RoleName": role[0]}, properties.get("PermissionsBoundary")
    if boundary is None:
        ask_query("iam", "DeleteRolePermissionsBoundary", name)
    else:
        require(ask_query("iam", "PutRolePermissionsBoundary", name | {"PermissionsBoundary": boundary}), TYPE)
