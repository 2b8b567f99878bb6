"""The bucket where content is published."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover_constructs.access_log_bucket import AccessLogBucket
from s3_failover_constructs.arguments import KEPT, text
from s3_failover_constructs.bucket_access import admit_distributions, admit_health_checkers, keep_objects
from s3_failover_constructs.content_bucket import ContentBucket
from s3_failover_constructs.endpoint import Endpoint


class PrimaryBucket(Construct):
    """Defines the private bucket behind the distribution, whose one health object the Route 53 checkers may read.

    Its policy is that of any bucket with `keep_objects`, `admit_health_checkers` and `admit_distributions`.

    Attributes:
        bucket: the bucket.
        health_key: the key of the health object.

    Args:
        bucket_name: the physical name; never the site's hostname; by default CloudFormation makes one.
        health_key: the key of the health object: readable by the checkers, and not to be deleted;
            `_s3-failover/health.txt` by default.
        checker_ranges: the addresses of Route 53's health checkers; by default the ranges shipped with this release.
        encryption_key: a KMS key that new objects are encrypted with; by default S3's own.
        distribution_id: the only distribution admitted; by default every distribution of the account.
        versioned: whether old versions are kept for a while, as replication by S3 needs it; true by default.
        noncurrent_version_expiration: how long old versions are kept; 30 days by default.
        removal_policy: what becomes of the bucket when its stack goes; kept by default.
        access_logs: where server access logs go; by default there are none. A bucket of yours must let them in.
        access_log_prefix: what the log keys start with; `primary/` by default. Two buckets that log to one need two.

    Leaves to you:
        replication, the health object and the distribution: see `Replication`, `HealthObject`, `FailoverDistribution`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str | None = None,
        health_key: str = HEALTH_KEY,
        checker_ranges: Sequence[str] | None = None,
        distribution_id: str | None = None,
        encryption_key: kms.IKey | None = None,
        versioned: bool = True,
        noncurrent_version_expiration: Duration | None = None,
        removal_policy: RemovalPolicy = KEPT,
        access_logs: AccessLogBucket | s3.IBucket | None = None,
        access_log_prefix: str = "primary/",
    ) -> None:
        super().__init__(scope, id)
        text("health_key", health_key, values.health_key)
        content = ContentBucket(
            self,
            "Content",
            bucket_name=bucket_name,
            encryption_key=encryption_key,
            versioned=versioned,
            noncurrent_version_expiration=noncurrent_version_expiration,
            removal_policy=removal_policy,
            access_logs=access_logs,
            access_log_prefix=access_log_prefix,
        )
        self.bucket = content.bucket
        self.health_key = health_key
        self._kept = keep_objects(self.bucket, [health_key])
        admit_health_checkers(self.bucket, health_key, checker_ranges=checker_ranges)
        admit_distributions(self.bucket, distribution_id=distribution_id)

    @property
    def endpoint(self) -> Endpoint:
        """What health checkers ask: the health object, which alone they may read."""
        return Endpoint(self.bucket.bucket_regional_domain_name, path=f"/{self.health_key}")

    def exempt(self, writer: iam.IRole) -> None:
        """Let a role delete the health object: the one that wrote it, where its creation has failed."""
        self._kept.exempt(writer)
