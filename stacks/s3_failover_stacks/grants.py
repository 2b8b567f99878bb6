"""What others may do with the content of a site."""

from collections.abc import Iterable

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from s3_failover.config import Names
from s3_failover.config import Site as SiteConfig
from s3_failover_constructs.arguments import offers
from s3_failover_constructs.key_use import under_alias

_READS = ("s3:GetObject", "s3:GetObjectVersion")
_LISTS = ("s3:ListBucket", "s3:ListBucketVersions")
_WRITES = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")


class SiteGrants:
    """Grants by the names of the buckets, so that no stack imports anything of another one.

    Args:
        site: the site.
        account: its account.
    """

    def __init__(self, site: SiteConfig, account: str) -> None:
        self._site = site
        self._account = account
        self._names: Names = site.names(account)

    def read(self, grantee: iam.IGrantable) -> None:
        """Let a principal of the site's account read and list every copy."""
        names = [self._names.copy(region) for region in (self._site.primary_region, *self._site.replica_regions)]
        _grant(grantee, _READS, [_objects(name) for name in names])
        _grant(grantee, _LISTS, [_arn(name) for name in names])
        self._use_keys(grantee, ["kms:Decrypt"])

    def publish(self, grantee: iam.IGrantable) -> None:
        """Let a principal of the site's account write to the primary, see that it arrives, and invalidate caches."""
        self.read(grantee)
        _grant(grantee, _WRITES, [_objects(self._names.primary)])
        self._use_keys(grantee, ["kms:GenerateDataKey"])
        distribution = f"distribution/{self._site.distribution_id or '*'}"
        cdn = [f"cloudfront:{action}" for action in ("CreateInvalidation", "GetInvalidation", "ListInvalidations")]
        _grant(grantee, cdn, [f"arn:{Aws.PARTITION}:cloudfront::{self._account}:{distribution}"])

    def _use_keys(self, grantee: iam.IGrantable, actions: Iterable[str]) -> None:
        if self._site.key_alias is None:
            return
        owners = dict.fromkeys((self._account, self._site.replica_account or self._account))
        keys = [f"arn:{Aws.PARTITION}:kms:*:{owner}:key/*" for owner in owners]
        _grant(grantee, actions, keys, conditions=under_alias(self._site.key_alias))


_GRANTEE = "pass a role or a user, as in iam.Role.from_role_name(...)"


def _grant(
    grantee: iam.IGrantable,
    actions: Iterable[str],
    resources: list[str],
    conditions: dict[str, dict[str, object]] | None = None,
) -> None:
    offers("grantee", grantee, ["grant_principal"], "a role or a user", _GRANTEE)
    statement = iam.PolicyStatement(actions=list(actions), resources=resources, conditions=conditions)
    added = grantee.grant_principal.add_to_principal_policy(statement)
    if not added.statement_added:
        msg = f"a grant needs a principal whose policy can be written, got {grantee}: grant to a role or a user"
        raise ValueError(msg)


def _arn(name: str) -> str:
    return f"arn:{Aws.PARTITION}:s3:::{name}"


def _objects(name: str) -> str:
    return f"{_arn(name)}/*"
