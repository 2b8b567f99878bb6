"""What policies decide, by ministack's evaluator."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.iam_evaluator import (
    EvalContext,
    _gather_role_policies,
    combine_resource_policy,
    evaluate,
    evaluate_resource_policy,
)
from ministack.services import iam


def decision(policy: str, *, service: str | None = None, **question: Any) -> str:
    """Return what a resource's policy decides: `Allow`, `Deny`, or something else if it says nothing.

    Args:
        policy: the document.
        service: the service principal that asks, if one does.
        question: the fields of ministack's `EvalContext`.
    """
    decided: str = evaluate_resource_policy(policy, EvalContext(**question), service=service).decision
    return decided


def decision_for_role(role: str, policy: str | None, owner: str, *, required: bool = False, **question: Any) -> str:
    """Return what the policies of a role and of a resource decide for the role's session.

    Args:
        role: the role's ARN, which is what aws:PrincipalArn holds for its sessions.
        policy: that of the resource.
        owner: the resource's account; the policy of another one must allow it, too.
        required: whether it must do so in the same account.
        question: the fields of ministack's `EvalContext`, but those of the principal.
    """
    account, name = role.split(":")[4], role.rpartition("/")[2]
    asked = EvalContext(principal_arn=role, principal_type="AssumedRole", principal_account=account, **question)
    identity = evaluate(asked, _gather_role_policies(name, account))
    decided: str = combine_resource_policy(identity, asked, policy, owner, required=required).decision
    return decided


def trust_policy(role: str) -> dict[str, Any] | None:
    """Return the trust policy of a role of the present account by its ARN; None if there is no such role."""
    record = iam._roles.get(role.rpartition("/")[2])
    policy: dict[str, Any] | None = json.loads(record["AssumeRolePolicyDocument"]) if record else None
    return policy
