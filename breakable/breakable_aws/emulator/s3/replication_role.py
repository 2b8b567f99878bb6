"""Decides whether the replication role may do what a transfer needs; too narrow a role fails it, as on AWS.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from breakable_aws.emulator.base import policies, s3
from breakable_aws.emulator.iam.access import arn

_SERVICE = "s3.amazonaws.com"


_REASONS = {
    "s3:ReplicateObject": "DstPutObjectNotPermitted",
    "s3:ReplicateDelete": "DstDelObjNotPermitted",
    "s3:ReplicateTags": "DstPutTaggingNotPermitted",
    "s3:GetObjectVersionTagging": "SrcGetTaggingNotPermitted",
}
"""S3's reasons by the action that the role lacks; for all others it is `SrcGetObjectNotPermitted`."""


def refusal(
    role: str, source: str, destination: str, key: str, *, tagged: bool, delete_marker: bool, owner_override: bool
) -> str | None:
    """Return why a role does not let S3 carry one version of an object from bucket to bucket; None if it does.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html`.

    `owner_override` is whether the replica shall belong to the destination's owner.
    """
    trust = policies.trust_policy(role)
    if trust is None or not _trusts_s3(trust):
        return "AssumeRoleNotPermitted"
    for action, bucket, path in _needed(
        source, destination, key, tagged=tagged, delete_marker=delete_marker, owner_override=owner_override
    ):
        if not _allows(role, action, bucket, path):
            return _REASONS.get(action, "SrcGetObjectNotPermitted")
    return None


def _needed(
    source: str, destination: str, key: str, *, tagged: bool, delete_marker: bool, owner_override: bool
) -> Iterator[tuple[str, str, str]]:
    """Yield the actions with the bucket and what is below it in the ARN."""
    yield "s3:GetReplicationConfiguration", source, ""
    yield "s3:ListBucket", source, ""
    if delete_marker:
        yield "s3:ReplicateDelete", destination, f"/{key}"
        return
    yield "s3:GetObjectVersionForReplication", source, f"/{key}"
    yield "s3:GetObjectVersionAcl", source, f"/{key}"
    yield "s3:ReplicateObject", destination, f"/{key}"
    if owner_override:
        yield "s3:ObjectOwnerOverrideToBucketOwner", destination, f"/{key}"
    if tagged:
        yield "s3:GetObjectVersionTagging", source, f"/{key}"
        yield "s3:ReplicateTags", destination, f"/{key}"


def _allows(role: str, action: str, bucket: str, path: str) -> bool:
    with s3.in_account_of(bucket):
        policy = s3.policy_of(bucket)
    decision = policies.decision_for_role(
        role,
        policy,
        s3.owner_of(bucket),
        action=action,
        resource_arn=arn(bucket) + path,
        region=s3.region_of(bucket),
        source_ip="",
        secure_transport=True,
    )
    return decision == "Allow"


def _trusts_s3(trust: Mapping[str, Any]) -> bool:
    statements = trust.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return any(statement["Effect"] == "Allow" and _names_s3(statement.get("Principal")) for statement in listed)


def _names_s3(principal: Any) -> bool:
    services = principal.get("Service", []) if isinstance(principal, Mapping) else []
    return _SERVICE in [services] if isinstance(services, str) else _SERVICE in services
