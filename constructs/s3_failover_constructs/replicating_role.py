"""A replication role of another account, as the policies of buckets and keys name it."""

from __future__ import annotations

from typing import NamedTuple

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from s3_failover import statements
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import fits, offers, text

_REMEDY = "pass one, as in replication.role, or its ARN"


class ReplicatingRole(NamedTuple):
    """A role that S3 takes on to replicate.

    Attributes:
        arn: its ARN, which may be a token.
        root: its account as a principal: the role itself need not exist yet.
    """

    arn: str
    root: str


def other_accounts_role(scope: IConstruct, role: iam.IRole | str, account: str) -> ReplicatingRole | None:
    """Return a role of another account; None where it is of the same one, whose IAM policies suffice.

    Args:
        scope: what admits it.
        role: the role or its ARN.
        account: the account that admits it.

    Raises:
        TypeError: it is neither a role nor a string.
        ValueError: it is no role's ARN, or a token that does not say which account is meant.
    """
    partition = Stack.of(scope).partition
    if isinstance(role, str):
        partition, of_role = _partition_and_account(role)
        found = ReplicatingRole(role, statements.account_root(of_role, partition))
    else:
        offers("role", role, ("role_arn", "env"), "a role", _REMEDY)
        of_role = role.env.account
        found = ReplicatingRole(role.role_arn, statements.account_root(of_role, partition))
    return None if of_role == account else found


def _partition_and_account(arn: str) -> tuple[str, str]:
    text("role", arn)
    if Token.is_unresolved(arn):
        raise ValueError("role: got a token, expected an ARN that says which account is meant; pass the role itself")
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        fits("role", [Misfit(arn, "arn:aws:iam::ACCOUNT:role/NAME", _REMEDY)])
    return parts[1], parts[4]
