"""Acknowledged cdk-nag findings: always one construct, one rule, one reason."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import Construct


def acknowledge(construct: Construct, rule: str, reason: str) -> None:
    """Acknowledge a cdk-nag rule on one construct.

    Args:
        construct: the construct that the rule complains about; its children are covered too.
        rule: the rule's id, for example `AwsSolutions-S1`.
        reason: why the finding is right to be left as it is, for a reviewer.
    """
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def acknowledge_wildcard(construct: Construct, resource: str, reason: str) -> None:
    """Acknowledge a policy's wildcard on one resource (`AwsSolutions-IAM5`), which cdk-nag asks for one by one.

    Args:
        construct: the policy.
        resource: the ARN with the wildcard, as in the policy; tokens are written as cdk-nag writes them.
        reason: why the wildcard is as narrow as it can be.
    """
    acknowledge(
        construct, f"AwsSolutions-IAM5[Resource::{_as_nag_writes(Stack.of(construct).resolve(resource))}]", reason
    )


def _as_nag_writes(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        separator, parts = argument
        return str(separator).join(map(_as_nag_writes, parts))
    return f"<{argument if function == 'Ref' else '.'.join(argument)}>"
