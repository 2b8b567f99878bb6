"""AWS::IAM::Role: its permissions boundary is a policy that must exist, and the role shows it.

Nothing here decides by it: what a role may do is decided where its policies are asked, without the boundary.
"""

from __future__ import annotations

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.requests import ask_query, succeeds
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original

TYPE = "AWS::IAM::Role"


def install() -> None:
    """Give roles the boundary that their templates name."""
    create, update, delete = original(TYPE)

    def bounded(logical: str, properties: Properties, stack: str) -> Resource:
        boundary = _boundary(properties)
        return _bind(create(logical, properties, stack), boundary)

    def changed(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        boundary = _boundary(new)
        return _bind(update(physical, old, new, stack, logical), boundary)

    add(TYPE, create=bounded, update=changed, delete=delete)


def _boundary(properties: Properties) -> str | None:
    arn: str | None = properties.get("PermissionsBoundary")
    if arn is not None and not succeeds(ask_query("iam", "GetPolicy", {"PolicyArn": arn})):
        raise RefusedError(f"NoSuchEntity: Scope ARN: {arn} does not exist or is not attachable.")
    return arn


def _bind(role: Resource, boundary: str | None) -> Resource:
    name = {"RoleName": role[0]}
    if boundary is None:
        ask_query("iam", "DeleteRolePermissionsBoundary", name)
    else:
        ask_query("iam", "PutRolePermissionsBoundary", name | {"PermissionsBoundary": boundary})
    return role
