"""Acknowledged cdk-nag findings: always on one construct, each with its reason."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import Construct, IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge cdk-nag rules on one construct.

    Args:
        construct: the construct that the rules complain about; its children are covered too.
        reasons: for each rule's id, such as `AwsSolutions-S1`, why the finding is right to be left as it is.
    """
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=why) for rule, why in reasons.items()))


def acknowledge_wildcards(policy: Construct, resources: Iterable[str], reason: str) -> None:
    """Acknowledge a policy's wildcards (`AwsSolutions-IAM5`), which cdk-nag asks for one by one.

    Args:
        policy: the policy.
        resources: the ARNs with wildcards, as in the policy.
        reason: why the wildcards are as narrow as they can be.
    """
    written = map(_as_nag_writes, Stack.of(policy).resolve(list(resources)))
    acknowledge(policy, {f"AwsSolutions-IAM5[Resource::{resource}]": reason for resource in written})


def _as_nag_writes(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        separator, parts = argument
        return str(separator).join(map(_as_nag_writes, parts))
    return f"<{argument if function == 'Ref' else '.'.join(argument)}>"
