"""AWS::S3::Bucket and AWS::S3::BucketPolicy as AWS has them: every property through the S3 API, with its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from breakable_aws.emulator.answers import Answer, RefusedError, require
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original

from . import bucket_documents as documents
from .replication_rules import destination_of, violation

BUCKET = "AWS::S3::Bucket"
POLICY = "AWS::S3::BucketPolicy"


def install() -> None:
    """Make ministack honour the bucket properties that it drops, and refuse what S3 refuses."""
    # Replication needs versioning, and logging another bucket: versioning is first and they are last.
    added = (
        ("VersioningConfiguration", documents.versioning, _put(s3._put_bucket_versioning), _suspend),
        ("BucketEncryption", documents.encryption, _put(s3._put_bucket_encryption), s3._delete_bucket_encryption),
        ("OwnershipControls", documents.ownership, _put(s3._put_bucket_ownership_controls), _default_ownership),
        ("Tags", documents.tagging, _put(s3._put_bucket_tagging), s3._delete_bucket_tagging),
        ("LifecycleConfiguration", documents.lifecycle, _put(s3._put_bucket_lifecycle), s3._delete_bucket_lifecycle),
        ("LoggingConfiguration", documents.logging, _put(_put_logging), _stop_logging),
        ("ReplicationConfiguration", documents.replication, _put(_put_replication), s3._delete_bucket_replication),
    )
    checked = tuple(
        (name, to_xml, _put(put), undo) for name, to_xml, put, undo in provisioners._S3_BUCKET_CONFIGURATIONS
    )
    replace(provisioners, "_S3_BUCKET_CONFIGURATIONS", added[:3] + checked + added[3:])
    provisioners._STACK_TAG_PROPERTY[BUCKET] = ("Tags", "list")
    replace(s3, "_create_bucket", _create_bucket)
    replace(s3, "_put_bucket_replication", _put_replication)
    replace(s3, "_put_bucket_logging", _put_logging)
    create, update, _ = original(BUCKET)
    add(BUCKET, create=_all_or_nothing(create), update=update, delete=delete)
    add(POLICY, create=create_policy, update=update_policy, delete=delete_policy)


def delete(bucket: str, _properties: Properties) -> None:
    """Delete a bucket as the API does: one that holds anything is kept, and the deletion fails."""
    if bucket in s3._buckets:
        require(s3._delete_bucket(bucket), f"{BUCKET} {bucket}")


def create_policy(_logical: str, properties: Properties, _stack: str) -> Resource:
    """Put a bucket's policy; a bucket that has one keeps it, and the creation fails."""
    bucket = properties["Bucket"]
    if s3._bucket_policies.get(bucket):
        raise RefusedError(f"the bucket policy already exists on bucket {bucket}")
    return _put_policy(bucket, properties)


def update_policy(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a bucket's policy in place, or move it to another bucket."""
    if new["Bucket"] == old["Bucket"]:
        return _put_policy(new["Bucket"], new)
    created = create_policy(logical, new, stack)
    provisioners._delete_predecessor(delete_policy, physical, old)
    return created


def delete_policy(_physical: str, properties: Properties) -> None:
    """Remove a bucket's policy."""
    s3._bucket_policies.pop(properties["Bucket"], None)


def _put_policy(bucket: str, properties: Properties) -> Resource:
    document = properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    require(s3._put_bucket_policy(bucket, text.encode()), f"{POLICY} of {bucket}")
    return bucket, {}


def _all_or_nothing(create: Callable[[str, Properties, str], Resource]) -> Callable[[str, Properties, str], Resource]:
    def made(logical: str, properties: Properties, stack: str) -> Resource:
        _refuse_what_others_have(properties.get("BucketName"))
        before = set(s3._buckets)
        try:
            return create(logical, properties, stack)
        except Exception:
            # The stack does not know the bucket yet, so its rollback cannot remove what a bad property left behind.
            for bucket in set(s3._buckets) - before:
                s3._delete_bucket(bucket)
            raise

    return made


def _refuse_what_others_have(bucket: str | None) -> None:
    if bucket and s3._bucket_owner_account(bucket) not in (None, get_account_id()):
        raise RefusedError(
            f"BucketAlreadyExists: The requested bucket name is not available: {bucket}. The bucket namespace is "
            "shared by all users of the system. Please select a different name and try again."
        )


def _put(put: Callable[[str, bytes], Answer]) -> Callable[[str, bytes], None]:
    def checked(bucket: str, body: bytes) -> None:
        require(put(bucket, body), f"{BUCKET} {bucket}")

    return checked


def _suspend(bucket: str) -> None:
    require(s3._put_bucket_versioning(bucket, documents.suspended_versioning()), f"{BUCKET} {bucket}")


def _default_ownership(bucket: str) -> None:
    s3._buckets[bucket].pop("_ownership_controls", None)


def _stop_logging(bucket: str) -> None:
    s3._bucket_logging_config.pop(bucket, None)


_original_create_bucket = s3._create_bucket
_original_put_logging = s3._put_bucket_logging
_original_put_replication = s3._put_bucket_replication


def _create_bucket(bucket: str, body: bytes, headers: Any = None, endpoint_region: str | None = None) -> Any:
    """CreateBucket, which only repeats itself where bucket and endpoint are both in us-east-1.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html`, error BucketAlreadyOwnedByYou.
    """
    if endpoint_region and bucket in s3._buckets and {endpoint_region, s3.bucket_region(bucket)} != {"us-east-1"}:
        message = "Your previous request to create the named bucket succeeded and you already own it."
        return s3._error("BucketAlreadyOwnedByYou", message, 409)
    return _original_create_bucket(bucket, body, headers, endpoint_region)


def _put_logging(bucket: str, body: bytes) -> Any:
    """PutBucketLogging, which needs a target bucket in the same region.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html`.
    """
    for target in (element.text for element in s3.fromstring(body).iter() if element.tag.endswith("}TargetBucket")):
        if s3.bucket_region(target) != s3.bucket_region(bucket):
            message = f"The target bucket for logging does not exist in the region of {bucket}: {target}"
            return s3._error("InvalidTargetBucketForLogging", message, 400)
    return _original_put_logging(bucket, body)


def _put_replication(bucket: str, body: bytes) -> Any:
    """PutBucketReplication, whose destinations must exist and whose rules must be told apart."""
    before = s3._bucket_replication.get(bucket)
    answer = _original_put_replication(bucket, body)
    if answer[0] >= 400:
        return answer
    rules = s3._bucket_replication[bucket]["Rules"]
    missing = [name for name in map(destination_of, rules) if s3._bucket_owner_account(name) is None]
    problem = f"Destination bucket must exist: {missing[0]}" if missing else violation(rules)
    if problem is None:
        return answer
    if before is None:
        s3._bucket_replication.pop(bucket)
    else:
        s3._bucket_replication[bucket] = before
    return s3._error("InvalidRequest", problem, 400)
