"""Who a request's credentials are, as the policies of resources see it.

AWS: `https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from breakable_aws.emulator.base.hooks import replace

from .signatures import account_of

_ASSUMED = ":assumed-role/"
_PRINCIPAL_ARN = "aws:principalarn"

_resolve_key = iam_evaluator._resolve_condition_key


@dataclass(frozen=True)
class Principal:
    """A caller with credentials.

    Args:
        arn: of the account's root user, a user, or a session.
        kind: what aws:PrincipalType holds.
        account: the caller's.
        keys: further condition keys that tell of the caller, in lower case.
    """

    arn: str
    kind: str
    account: str
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        """Whether it is the root user of an account."""
        return self.kind == "Account"


def install() -> None:
    """Have conditions see a session's role."""
    replace(iam_evaluator, "_resolve_condition_key", resolve_key)


def of_key(access_key: str) -> Principal:
    """Return the caller with an access key; one that is not known counts as the account itself."""
    account = account_of(access_key) or get_account_id()
    found = iam_evaluator.resolve_principal(access_key, account)
    if isinstance(found, iam_evaluator.AuthError):
        return Principal(f"arn:aws:iam::{account}:root", "Account", account)
    kind = "Account" if found.type == "Root" else found.type
    return Principal(found.arn, kind, found.account, found.keys)


def resolve_key(key: str, asked: Any) -> Any:
    """Return what a condition key holds; that of aws:PrincipalArn is a session's role.

    Anonymous callers and AWS services lack that key.

    Args:
        key: the key.
        asked: the question that a policy is to decide.
    """
    if key.lower() != _PRINCIPAL_ARN:
        return _resolve_key(key, asked)
    return None if asked.principal_arn == "*" else role_of(asked.principal_arn)


def role_of(arn: str) -> str:
    """Return the ARN of an assumed role, and any other ARN as it is."""
    start, assumed, session = arn.partition(_ASSUMED)
    if not assumed:
        return arn
    partition, account, name = start.split(":")[1], start.split(":")[4], session.partition("/")[0]
    role = iam._roles.get_scoped(account, None, name) or {}
    # A session does not tell the path of its role.
    return str(role.get("Arn") or f"arn:{partition}:iam::{account}:role/{name}")
