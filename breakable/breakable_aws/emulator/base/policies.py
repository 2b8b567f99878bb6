"""Evaluates policies with ministack's evaluator, and corrects two of its results.

Ministack's wildcards end at a line feed, so this module passes line feeds as another character. And ministack sets
aws:PrincipalArn to the ARN of a session, where AWS sets it to that of the session's role; anonymous requests and those
of AWS services lack that key.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html` and
`https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html`.
"""

import json
from functools import lru_cache
from typing import Any

from ministack.core.iam_evaluator import (
    EvalContext,
    _gather_role_policies,
    combine_resource_policy,
    evaluate,
    evaluate_resource_policy,
)
from ministack.services import iam

_LINE_FEED = "\ue000"
_PRINCIPAL = "aws:principalarn"
_ROLE = "breakable:role"
"""The condition key that a policy has for ministack in place of aws:PrincipalArn."""

_ASSUMED = ":assumed-role/"


def decision(policy: str, *, service: str | None = None, **question: Any) -> str:
    """Return what a resource's policy decides: `Allow`, `Deny`, or something else if it says nothing.

    `question` has the fields of ministack's `EvalContext`.
    """
    return evaluate_resource_policy(_told(policy), _asked(question), service=service).decision


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
    principal = {"principal_arn": role, "principal_type": "AssumedRole", "principal_account": account}
    asked = _asked(principal | question)
    identity = evaluate(asked, _gather_role_policies(name, account))
    return combine_resource_policy(identity, asked, _told(policy), owner, required=required).decision


def trust_policy(role: str) -> dict[str, Any] | None:
    """Return the trust policy of a role of the present account by its ARN; None if there is no such role."""
    record = iam._roles.get(role.rpartition("/")[2])
    return json.loads(record["AssumeRolePolicyDocument"]) if record else None


def _asked(question: dict[str, Any]) -> EvalContext:
    context = {name: _without_line_feeds(value) for name, value in question.get("service_context", {}).items()}
    if question["principal_arn"] != "*":
        context[_ROLE] = _role_of(question["principal_arn"])
    resource = _without_line_feeds(question["resource_arn"])
    return EvalContext(**question | {"resource_arn": resource, "service_context": context})


def _role_of(arn: str) -> str:
    """Return the ARN of an assumed role, and any other ARN as it is."""
    start, assumed, session = arn.partition(_ASSUMED)
    if not assumed:
        return arn
    partition, account, name = start.split(":")[1], start.split(":")[4], session.partition("/")[0]
    role = iam._roles.get_scoped(account, None, name) or {}
    # The ARN of a session lacks the path of its role.
    return str(role.get("Arn") or f"arn:{partition}:iam::{account}:role/{name}")


@lru_cache(maxsize=1024)
def _told(policy: str | None) -> Any:
    """Return a policy in the form that ministack gets; None if it is no JSON document."""
    try:
        document = json.loads(policy or "null")
    except ValueError:
        return None
    return _without_line_feeds(document)


def _without_line_feeds(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\n", _LINE_FEED)
    if isinstance(value, list):
        return [_without_line_feeds(each) for each in value]
    if isinstance(value, dict):
        return {_ROLE if name.lower() == _PRINCIPAL else name: _without_line_feeds(value[name]) for name in value}
    return value
