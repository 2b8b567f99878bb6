"""AWS::IAM::ManagedPolicy: its name is unique, and one that is attached to a role cannot be deleted."""

import re

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.requests import ask_query
from breakable_aws.emulator.cloudformation.resource_types import Properties, add, original, refuse_existing

TYPE = "AWS::IAM::ManagedPolicy"


def install() -> None:
    """Refuse what IAM refuses."""
    refuse_existing(TYPE, "ManagedPolicyName", _is_taken)
    create, update, delete = original(TYPE)

    def guarded(physical: str, properties: Properties) -> None:
        holders = _holders(physical, properties)
        if holders:
            reason = f"cannot delete the policy {physical}, which is attached to the role {holders[0]}"
            raise RefusedError(f"DeleteConflict: {reason}: detach it first")
        delete(physical, properties)

    add(TYPE, create=create, update=update, delete=guarded)


def _is_taken(name: str) -> bool:
    return f"<PolicyName>{name}</PolicyName>".encode() in ask_query("iam", "ListPolicies", {"Scope": "Local"})[2]


def _holders(arn: str, properties: Properties) -> list[str]:
    """Return the roles that a policy is attached to, without those of its own template, which go with it."""
    own = properties.get("Roles") or []
    asked = {"PolicyArn": arn, "EntityFilter": "Role", "PolicyUsageFilter": "PermissionsPolicy"}
    names = re.findall(r"<RoleName>(.+?)</RoleName>", ask_query("iam", "ListEntitiesForPolicy", asked)[2].decode())
    return [name for name in names if name not in own]
