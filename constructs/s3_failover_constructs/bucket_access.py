"""What makes a bucket a primary or a replica: who may read it, who may write to it, and what cannot be deleted.

Each function takes any bucket and adds to its policy, where the bucket is defined. The CDK writes nothing into the
policy of an imported bucket: then a warning says so, and the statements belong into the bucket's own stack.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from aws_cdk import Annotations, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from s3_failover import checkers, statements, values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import a_bucket, fits, instance, offers, optional_text, text, texts
from s3_failover_constructs.nag import acknowledge
from s3_failover_constructs.replicating_role import other_accounts_role
from s3_failover_constructs.resource_policies import add_to_bucket

ELSEWHERE = "s3_failover_constructs:bucketPolicyElsewhere"
"""The id of the warning about a policy that is not written."""


class KeptObjects:
    """Objects that the bucket policy keeps from deletion.

    Args:
        statement: the statement of the policy.
    """

    def __init__(self, statement: iam.PolicyStatement) -> None:
        instance("statement", statement, iam.PolicyStatement)
        self._statement = statement
        self._exempt: list[str] = []

    def exempt(self, role: iam.IRole) -> None:
        """Let a role delete them, as `HealthObject.writer_role`, which removes what a failed creation has written."""
        offers("role", role, ("role_arn",), "a role", "pass one, as in health_object.writer_role")
        self._exempt.append(role.role_arn)
        roles = self._exempt[0] if len(self._exempt) == 1 else self._exempt
        self._statement.add_condition("ArnNotEquals", {"aws:PrincipalArn": roles})


def keep_objects(bucket: s3.IBucket, keys: Sequence[str] = (HEALTH_KEY,)) -> KeptObjects:
    """Refuse every principal the deletion of objects, because `aws s3 sync --delete` may try it.

    Args:
        bucket: the bucket.
        keys: the objects' keys; the health object's by default.

    Raises:
        ValueError: a key is not valid, or has a wildcard.
    """
    a_bucket("bucket", bucket)
    texts("keys", keys, values.protected_keys, counted=True)
    if not keys:
        fits("keys", [Misfit(keys, "at least one key", "name what is to be kept")])
    return KeptObjects(_add(bucket, [statements.keep_keys(bucket.bucket_arn, keys)])[0])


def admit_health_checkers(
    bucket: s3.IBucket, key: str = HEALTH_KEY, *, checker_ranges: Sequence[str] | None = None
) -> None:
    """Let Route 53's health checkers read the health object, from their published addresses only.

    All of Block Public Access may stay on: S3 does not count a policy as public that is bound to address ranges
    no broader than /8, or /32 of IPv6 (S3 User Guide, access-control-block-public-access).

    Args:
        bucket: the bucket.
        key: the health object's key.
        checker_ranges: the addresses of the checkers; by default the ranges shipped with this release.

    Raises:
        ValueError: the key is not valid, or has a wildcard; the ranges are empty, or one is not valid or so wide that
            S3 would count the policy as public.
    """
    a_bucket("bucket", bucket)
    text("key", key, values.health_key)
    if checker_ranges is not None:
        texts("checker_ranges", checker_ranges, values.address_ranges)
    _add(bucket, [statements.checkers_read(bucket.bucket_arn, key, checker_ranges or checkers.ipv4())])


def admit_distributions(bucket: s3.IBucket, *, distribution_id: str | None = None, account: str | None = None) -> None:
    """Let CloudFront distributions read a private bucket through origin access control.

    An origin group whose replica does not admit the distribution answers 403 exactly when it is needed. Listing is
    granted so that a missing object is a 404 (S3 API, GetObject); a viewer cannot list where the distribution has a
    default root object, which takes the place of `/`.

    Args:
        bucket: the bucket to open.
        distribution_id: the only distribution admitted; by default every distribution of the account is, because bucket
            policies are deployed before the distribution has an id.
        account: the distributions' account; by default the bucket's.

    Raises:
        ValueError: the account or the distribution's id is not valid.
    """
    a_bucket("bucket", bucket)
    optional_text("distribution_id", distribution_id, values.distribution_id)
    optional_text("account", account, values.account)
    source_arn = distribution_arn(bucket, distribution_id, account)
    _add(bucket, statements.distributions_read(bucket.bucket_arn, source_arn))


def admit_replication(bucket: s3.IBucket, role: iam.IRole | str) -> None:
    """Let a replication role of another account write copies, and hand them over to the bucket's owner.

    A role of the bucket's own account needs no admission: nothing is added for it. The role need not exist yet. Where
    the bucket has a KMS key, the key must admit the role too: see `ContentKey.admit_replication`.

    Args:
        bucket: the destination.
        role: the role, such as `replication.role`, or its ARN. A role of another stack needs a name of its own: see
            `Replication`'s `role_name`.

    Raises:
        ValueError: the ARN is not valid, or is a token that does not say which account is meant.
    """
    a_bucket("bucket", bucket)
    admitted = other_accounts_role(bucket, role, bucket.env.account)
    if admitted is not None:
        _add(bucket, [statements.replicas_written(bucket.bucket_arn, admitted.arn, root=admitted.root)])


def admit_account(bucket: s3.IBucket, account: str) -> None:
    """Let another account read objects and compare them with its own; its IAM policies decide which principals do.

    Clients need it, and `s3-failover verify`.

    Args:
        bucket: the bucket.
        account: the account.

    Raises:
        ValueError: the account is no id.
    """
    a_bucket("bucket", bucket)
    text("account", account, values.account)
    _add(bucket, statements.account_reads(bucket.bucket_arn, account, Stack.of(bucket).partition))


def open_website(bucket: s3.IBucket) -> None:
    """Let anyone get objects, over HTTP too, as an S3 website must; everything else needs TLS.

    Website endpoints serve public objects only and speak no TLS (S3 User Guide, WebsiteEndpoints). For a bucket of the
    app this also acknowledges the rules of cdk-nag that no website can keep: AwsSolutions-S2, S5 and S10.

    Args:
        bucket: a website, named like the hostname in viewers' address bars, with `enforce_ssl` off and a
            `block_public_access` that lets a public policy in.

    Raises:
        ValueError: the bucket is of this app and is no website, blocks public policies, or refuses requests over HTTP.
    """
    a_bucket("bucket", bucket)
    cfn_bucket = bucket.node.default_child
    if isinstance(cfn_bucket, s3.CfnBucket):
        fits("bucket", _shut(bucket, cfn_bucket))
        acknowledge(bucket, _PUBLIC)
    _add(bucket, statements.anyone_reads(bucket.bucket_arn))


def distribution_arn(scope: IConstruct, distribution_id: str | None = None, account: str | None = None) -> str:
    """Return the ARN of a distribution, or a pattern for all those of an account, by default the scope's."""
    return Stack.of(scope).format_arn(
        service="cloudfront", region="", account=account, resource="distribution", resource_name=distribution_id or "*"
    )


_WEBSITE = "S3 websites serve public objects only; ACLs stay blocked and the policy allows GetObject alone"
_PUBLIC = {
    "AwsSolutions-S2": _WEBSITE,
    "AwsSolutions-S5": _WEBSITE,
    "AwsSolutions-S10": "S3 website endpoints speak no TLS: requiring it would turn every failed-over "
    "request into 403; all actions other than GetObject are denied without TLS",
}


def _add(bucket: s3.IBucket, wanted: Iterable[statements.Statement]) -> list[iam.PolicyStatement]:
    """Add statements to a bucket's policy; say so where there is none to add them to."""
    added = [add_to_bucket(bucket, each) for each in wanted]
    if bucket.policy is None:
        names = " and ".join(str(each.sid) for each in added)
        Annotations.of(bucket).add_warning_v2(
            ELSEWHERE,
            f"the policy of {bucket.node.path} is not written here, because the bucket is imported: call the same "
            f"function where the bucket is defined, or put the statements that `s3-failover policies` prints ({names})",
        )
    return added


def _shut(bucket: s3.IBucket, cfn_bucket: s3.CfnBucket) -> Iterable[Misfit]:
    """Yield what keeps anonymous requests out of a bucket of the app."""
    # Not the typed properties: jsii returns the caller's BlockPublicAccess as an object of no type, and no bucket could
    # be made with it any more.
    properties = Stack.of(bucket).resolve(cfn_bucket._cfn_properties)
    path = bucket.node.path
    if "websiteConfiguration" not in properties:
        yield Misfit(path, "a website", "give it a website_index_document")
    if not _lets_public_policies_in(properties.get("publicAccessBlockConfiguration")):
        yield Misfit(
            path,
            "a bucket that lets a public policy in",
            "give it block_public_access=s3.BlockPublicAccess(block_public_acls=True, ignore_public_acls=True, "
            "block_public_policy=False, restrict_public_buckets=False)",
        )
    written = bucket.policy.document.to_json() if bucket.policy else None
    if written and any(map(_refuses_http, written["Statement"])):
        yield Misfit(path, "a bucket that serves HTTP", "leave out enforce_ssl: everything but reading will need TLS")


def _lets_public_policies_in(blocked: dict[str, Any] | None) -> bool:
    # S3 blocks everything of a new bucket that says nothing (S3 User Guide, access-control-block-public-access).
    told = blocked or {}
    return all(told.get(each) is False for each in ("blockPublicPolicy", "restrictPublicBuckets"))


def _refuses_http(statement: dict[str, Any]) -> bool:
    insecure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
    return statement["Effect"] == "Deny" and insecure and statement.get("Action") == "s3:*"
