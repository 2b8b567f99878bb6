"""The bucket that every copy of a site's content lives in."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.access_log_bucket import AccessLogBucket
from s3_failover_constructs.arguments import (
    BUCKET,
    KEPT,
    KEY,
    duration,
    flag,
    implements,
    may_implement,
    optional_text,
    removal,
    text,
    texts,
)
from s3_failover_constructs.bucket_access import keep_objects
from s3_failover_constructs.same_bucket import take_name


class ContentBucket(Construct):
    """Defines an encrypted bucket for content, kept when its stack goes unless you choose otherwise.

    Uploads with a customer's key (SSE-C) are refused: no viewer and no replication could read them.

    Noncurrent versions, delete markers with nothing behind them and incomplete uploads expire: replication by S3 needs
    versioning, and versioning without a lifecycle piles up on both sides (lifecycle rules do not replicate). Without
    versioning the rules stay: they clear what was left from a time when there was.

    Attributes:
        bucket: the bucket.

    Args:
        bucket_name: the physical name, by which other regions can name the bucket without a reference; by default
            CloudFormation makes one.
        protected_keys: keys whose deletion the bucket policy denies to every principal, because `aws s3 sync --delete`
            may try it; none by default.
        encryption_key: a KMS key that new objects are encrypted with; by default S3's own.
        versioned: whether overwritten and deleted versions are kept for a while; true by default.
        noncurrent_version_expiration: how long overwritten and deleted versions are kept; 30 days by default.
        removal_policy: what becomes of the bucket when its stack goes; kept by default.
        access_logs: where server access logs go; by default there are none. A bucket of yours must let them in.
        access_log_prefix: what the log keys start with; `bucket/` by default.
        block_public_access: everything blocked by default.
        enforce_ssl: whether every request without TLS is denied; true by default.
        website_index_document: makes the bucket a website with this index; by default the bucket is no website.
        website_error_document: the website's error page.

    Leaves to you:
        readers and writers, whom its policy does not admit yet, and replication.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str | None = None,
        protected_keys: Sequence[str] = (),
        encryption_key: kms.IKey | None = None,
        versioned: bool = True,
        noncurrent_version_expiration: Duration | None = None,
        removal_policy: RemovalPolicy = KEPT,
        access_logs: AccessLogBucket | s3.IBucket | None = None,
        access_log_prefix: str = "bucket/",
        block_public_access: s3.BlockPublicAccess | None = None,
        enforce_ssl: bool = True,
        website_index_document: str | None = None,
        website_error_document: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        may_implement("encryption_key", encryption_key, KEY)
        logs = _logs(self, access_logs)
        optional_text("bucket_name", bucket_name, values.bucket_name)
        if bucket_name is not None:
            take_name(self, "bucket_name", bucket_name)
        texts("protected_keys", protected_keys, values.protected_keys, counted=True)
        flag("versioned", versioned)
        duration("noncurrent_version_expiration", noncurrent_version_expiration, "days", 1, 36500)
        text("access_log_prefix", access_log_prefix, values.key_prefix)
        flag("enforce_ssl", enforce_ssl)
        optional_text("website_index_document", website_index_document, values.index_document)
        optional_text("website_error_document", website_error_document, values.error_document)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            versioned=versioned,
            # SSE-S3 by default: an anonymous website visitor cannot use a KMS key, and both sides hold the same ETags.
            encryption=s3.BucketEncryption.KMS if encryption_key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=encryption_key,
            # One key for a while instead of a call to KMS for every object (S3 User Guide, bucket-key).
            bucket_key_enabled=True if encryption_key else None,
            # No viewer, no replication and no health check could read what has a customer's key
            # (S3 User Guide, blocking-unblocking-s3-c-encryption-gpb).
            blocked_encryption_types=[s3.BlockedEncryptionType.SSE_C],
            enforce_ssl=enforce_ssl,
            block_public_access=block_public_access or s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=removal("removal_policy", removal_policy),
            lifecycle_rules=_lifecycle(noncurrent_version_expiration or Duration.days(30)),
            website_index_document=website_index_document,
            website_error_document=website_error_document,
        )
        if protected_keys:
            keep_objects(self.bucket, protected_keys)
        if logs is not None:
            logs.log(self.bucket, prefix=access_log_prefix)


def _logs(scope: Construct, given: AccessLogBucket | s3.IBucket | None) -> AccessLogBucket | None:
    if given is None or isinstance(given, AccessLogBucket):
        return given
    implements("access_logs", given, BUCKET)
    return AccessLogBucket(scope, "AccessLogs", bucket=given)


def _lifecycle(noncurrent: Duration) -> list[s3.LifecycleRule]:
    return [
        s3.LifecycleRule(id="expire-noncurrent-versions", noncurrent_version_expiration=noncurrent),
        s3.LifecycleRule(id="expire-stale-delete-markers", expired_object_delete_marker=True),
        s3.LifecycleRule(id="abort-incomplete-uploads", abort_incomplete_multipart_upload_after=Duration.days(7)),
    ]
