"""A bucket for access logs."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import statements, values
from s3_failover_constructs.arguments import BUCKET, KEPT, duration, may_implement, optional_text, removal, text
from s3_failover_constructs.bucket_arns import arn_without_reference
from s3_failover_constructs.nag import acknowledge
from s3_failover_constructs.places import beside, region_known
from s3_failover_constructs.resource_policies import add_to_bucket


class AccessLogBucket(Construct):
    """Defines a private bucket that takes S3 server access logs and CloudFront access logs (standard logging v2).

    Attributes:
        bucket: where the logs go.

    Args:
        bucket_name: the physical name; by default CloudFormation makes one.
        expiration: how long logs are kept; 90 days by default.
        removal_policy: what becomes of a new bucket when its stack goes; kept by default.
        bucket: an existing bucket in place of a new one; its policy must let logs in, and the construct changes
            nothing of it. By default the construct makes one.

    Leaves to you:
        who may read the logs. The bucket stays when its stack goes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket_name: str | None = None,
        expiration: Duration | None = None,
        removal_policy: RemovalPolicy = KEPT,
        bucket: s3.IBucket | None = None,
    ) -> None:
        super().__init__(scope, id)
        may_implement("bucket", bucket, BUCKET)
        optional_text("bucket_name", bucket_name, values.bucket_name)
        duration("expiration", expiration, "days", 1, 36500)
        kept = removal("removal_policy", removal_policy)
        self.bucket = bucket or self._made(bucket_name, expiration or Duration.days(90), kept)

    def _made(self, bucket_name: str | None, expiration: Duration, kept: RemovalPolicy) -> s3.IBucket:
        bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=kept,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire-logs",
                    expiration=expiration,
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
        )
        acknowledge(
            bucket,
            {"AwsSolutions-S1": "this is the log bucket; one that logs its own log deliveries grows without end"},
        )
        return bucket

    def log(self, bucket: s3.Bucket, *, prefix: str) -> None:
        """Send a bucket's server access logs here.

        The bucket policy admits the S3 logging service for that one bucket, or for the account's where CloudFormation
        names the bucket (S3 User Guide, enable-server-access-logging); the ACL grant that CDK's
        `server_access_logs_bucket` makes without a feature flag is refused by today's buckets.

        Args:
            bucket: the bucket whose requests are logged, in the same region.
            prefix: what the log keys start with, for example `primary/`.

        Raises:
            ValueError: the bucket is in another region, which S3 refuses; the prefix is not valid.
        """
        text("prefix", prefix, values.key_prefix)
        region_known(self, "bucket", bucket)
        beside(self, "bucket", bucket.env.region)
        cfn_bucket = bucket.node.default_child
        assert isinstance(cfn_bucket, s3.CfnBucket)
        cfn_bucket.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=self.bucket.bucket_name, log_file_prefix=prefix
        )
        stack = Stack.of(self)
        add_to_bucket(
            self.bucket,
            statements.access_logs_written(
                self.bucket.bucket_arn, prefix, arn_without_reference(bucket), stack.account
            ),
        )
        if self.bucket.policy is not None:
            bucket.node.add_dependency(self.bucket.policy)
