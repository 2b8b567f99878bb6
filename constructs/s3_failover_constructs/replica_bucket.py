"""A private copy of the content in another region."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover_constructs.access_log_bucket import AccessLogBucket
from s3_failover_constructs.arguments import KEPT, text
from s3_failover_constructs.content_bucket import ContentBucket


class ReplicaBucket(Construct):
    """Defines a private replica bucket, read by clients with credentials.

    Attributes:
        bucket: the bucket.

    Args:
        bucket_name: the physical name, which the primary's replication rule names; by default CloudFormation makes one.
        health_key: the key of the health object, not to be deleted; `_s3-failover/health.txt` by default.
        encryption_key: a KMS key that new objects are encrypted with; by default S3's own.
        versioned: whether old versions are kept for a while, as replication by S3 needs it; true by default.
        noncurrent_version_expiration: how long old versions are kept; 30 days by default.
        removal_policy: what becomes of the bucket when its stack goes; kept by default.
        access_logs: where server access logs go; by default there are none. A bucket of yours must let them in.
        access_log_prefix: what the log keys start with; `replica/` by default. Two buckets that log to one need two.

    Leaves to you:
        the rules that fill it: see `Replication`; readers: see `admit_distributions` and `admit_account`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str | None = None,
        health_key: str = HEALTH_KEY,
        encryption_key: kms.IKey | None = None,
        versioned: bool = True,
        noncurrent_version_expiration: Duration | None = None,
        removal_policy: RemovalPolicy = KEPT,
        access_logs: AccessLogBucket | s3.IBucket | None = None,
        access_log_prefix: str = "replica/",
    ) -> None:
        super().__init__(scope, id)
        text("health_key", health_key, values.health_key)
        content = ContentBucket(
            self,
            "Content",
            bucket_name=bucket_name,
            protected_keys=[health_key],
            encryption_key=encryption_key,
            versioned=versioned,
            noncurrent_version_expiration=noncurrent_version_expiration,
            removal_policy=removal_policy,
            access_logs=access_logs,
            access_log_prefix=access_log_prefix,
        )
        self.bucket = content.bucket
