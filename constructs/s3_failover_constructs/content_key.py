"""The KMS key of one copy of the content."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from s3_failover import statements, values
from s3_failover_constructs.arguments import KEPT, optional_text, removal, text
from s3_failover_constructs.bucket_access import distribution_arn
from s3_failover_constructs.replicating_role import other_accounts_role
from s3_failover_constructs.resource_policies import distinct


class ContentKey(Construct):
    """Defines a customer managed key for the bucket of one region, under an alias that other regions can spell.

    A KMS key never leaves its region, and S3 treats even a multi-Region key as a key of its own in each (S3 User Guide,
    replication-config-for-kms-objects): so each copy has one. The key's policy leaves it to IAM who in the account may
    use it. The key is kept when its stack goes, because without it the content is lost.

    Attributes:
        key: the key.

    Args:
        alias: the alias, for example `alias/assets`.
        description: what the console shows; empty by default.
        removal_policy: what becomes of the key when its stack goes; kept by default.

    Leaves to you:
        the roles of functions and people that use it: grant them the key as any other.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        alias: str,
        description: str = "",
        removal_policy: RemovalPolicy = KEPT,
    ) -> None:
        super().__init__(scope, id)
        text("alias", alias, values.key_alias)
        text("description", description, empty=True)
        self.key = kms.Key(
            self,
            "Key",
            alias=alias,
            description=description,
            enable_key_rotation=True,
            removal_policy=removal("removal_policy", removal_policy),
        )
        self._ids: frozenset[str] = frozenset()

    def admit(self, statement: Mapping[str, Any]) -> None:
        """Add a statement to the key's policy, under an id that the policy has not yet."""
        sid = distinct(statement["Sid"], self._ids)
        self._ids |= {sid}
        self.key.add_to_resource_policy(iam.PolicyStatement.from_json({**statement, "Sid": sid}))

    def admit_distributions(self, *, distribution_id: str | None = None, account: str | None = None) -> None:
        """Let CloudFront decrypt what it reads through origin access control.

        The bucket's policy does not suffice (CloudFront Developer Guide, private-content-restricting-access-to-s3).

        Args:
            distribution_id: the only distribution admitted; by default every one of the account.
            account: the distributions' account; by default the key's.

        Raises:
            ValueError: the account or the distribution's id is not valid.
        """
        optional_text("distribution_id", distribution_id, values.distribution_id)
        optional_text("account", account, values.account)
        self.admit(
            {
                "Sid": "DistributionDecrypts",
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"ArnLike": {"aws:SourceArn": distribution_arn(self, distribution_id, account)}},
            }
        )

    def admit_replication(self, role: iam.IRole | str) -> None:
        """Let a replication role of another account encrypt the copies that it writes; see the function of the name.

        Args:
            role: the role or its ARN.

        Raises:
            ValueError: the ARN is not valid, or is a token that does not say which account is meant.
        """
        stack = Stack.of(self)
        admitted = other_accounts_role(self, role, stack.account)
        if admitted is not None:
            self.admit(statements.replicas_encrypted(admitted.arn, stack.region, root=admitted.root))

    def admit_account(self, account: str) -> None:
        """Let another account decrypt what it reads; its IAM policies decide which of its principals do.

        Args:
            account: the account.

        Raises:
            ValueError: the account is no id.
        """
        text("account", account, values.account)
        stack = Stack.of(self)
        self.admit(statements.account_decrypts(account, stack.region, stack.partition))


def key_alias_arn(alias: str, *, region: str, account: str) -> str:
    """Return the ARN of an alias in another region, where a reference to the key would tie two stacks together."""
    return f"arn:{Aws.PARTITION}:kms:{region}:{account}:{alias}"
