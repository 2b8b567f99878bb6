"""AWS::S3::Bucket and AWS::S3::BucketPolicy as AWS has them: every property through the S3 API, with its refusals."""

import json
from collections.abc import Callable
from typing import Any

from breakable_aws.emulator.answers import RefusedError, require
from breakable_aws.emulator.base import s3, scopes
from breakable_aws.emulator.base.cloudformation import pass_stack_tags
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original, replaced

from . import bucket_documents as documents

BUCKET = "AWS::S3::Bucket"
POLICY = "AWS::S3::BucketPolicy"


# Replication needs versioning, and logging another bucket: versioning is first and they are last.
_CONFIGURATIONS: tuple[tuple[str, str, Callable[[Any], bytes], Properties | None], ...] = (
    ("VersioningConfiguration", "versioning", documents.versioning, {"Status": "Suspended"}),
    ("BucketEncryption", "encryption", documents.encryption, None),
    (
        "OwnershipControls",
        "ownershipControls",
        documents.ownership,
        {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    ),
    ("Tags", "tagging", documents.tagging, None),
    ("LifecycleConfiguration", "lifecycle", documents.lifecycle, None),
    ("LoggingConfiguration", "logging", documents.logging, {}),
    ("ReplicationConfiguration", "replication", documents.replication, None),
)
"""What ministack drops: property, subresource, what makes the body, and what stands for a property that is gone: None
where the subresource is deleted instead. Versioning can never be switched off again."""


def install() -> None:
    """Make ministack honour the bucket properties that it drops, and refuse what S3 refuses."""
    make, change, _ = original(BUCKET)

    def create(logical: str, properties: Properties, stack: str) -> Resource:
        name = properties.get("BucketName")
        _refuse_what_others_have(name)
        bucket, attributes = make(logical, {"BucketName": name} if name else {}, stack)
        try:
            update(bucket, {}, properties, stack, logical)
        except Exception:
            # The stack does not know the bucket yet, so its rollback cannot remove what a bad property left behind.
            s3.call("DELETE", bucket)
            raise
        return bucket, attributes

    def update(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        bucket, attributes = change(physical, old, new, stack, logical)
        _configure(bucket, old if bucket == physical else {}, new)
        return bucket, attributes

    pass_stack_tags(BUCKET)
    add(BUCKET, create=create, update=update, delete=delete)
    add(POLICY, create=create_policy, update=update_policy, delete=delete_policy)


def delete(bucket: str, _properties: Properties) -> None:
    """Delete a bucket as the API does: one that holds anything is kept, and the deletion fails."""
    if s3.is_here(bucket):
        require(s3.call("DELETE", bucket), f"{BUCKET} {bucket}")


def create_policy(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Put a bucket's policy; a bucket that has one keeps it, and the creation fails."""
    bucket = properties["Bucket"]
    if s3.policy_of(bucket):
        raise RefusedError(f"the bucket policy already exists on bucket {bucket}")
    return _put_policy(bucket, properties)


def update_policy(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a bucket's policy in place, or move it to another bucket."""
    if new["Bucket"] == old["Bucket"]:
        return _put_policy(new["Bucket"], new)
    created = create_policy(logical, new, stack)
    return replaced(physical, old, created, delete_policy)


def delete_policy(_physical: str, properties: Properties) -> None:
    """Remove a bucket's policy."""
    s3.call("DELETE", properties["Bucket"], "policy")


def _put_policy(bucket: str, properties: Properties) -> Resource:
    document = properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    require(s3.call("PUT", bucket, "policy", text.encode()), f"{POLICY} of {bucket}")
    return bucket, {}


def _configure(bucket: str, old: Properties, new: Properties) -> None:
    for name, subresource, put, undo in _CONFIGURATIONS:
        if name in new:
            answer = s3.call("PUT", bucket, subresource, put(new[name] or {}))
        elif name not in old:
            continue
        elif undo is not None:
            answer = s3.call("PUT", bucket, subresource, put(undo))
        else:
            answer = s3.call("DELETE", bucket, subresource)
        require(answer, f"{BUCKET} {bucket}")


def _refuse_what_others_have(bucket: str | None) -> None:
    if bucket and s3.owner_of(bucket) != scopes.account():
        raise RefusedError(
            f"BucketAlreadyExists: The requested bucket name is not available: {bucket}. The bucket namespace is "
            "shared by all users of the system. Please select a different name and try again."
        )
