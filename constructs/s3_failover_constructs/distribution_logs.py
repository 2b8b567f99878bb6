"""Access logs of a distribution."""

import hashlib
import json

from aws_cdk import Names, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import statements, values
from s3_failover_constructs.arguments import DISTRIBUTION, a_bucket, implements, optional_text
from s3_failover_constructs.places import at_the_edge
from s3_failover_constructs.resource_policies import add_to_bucket


class DistributionLogs(Construct):
    """Defines the delivery of a distribution's access logs to a bucket, by CloudFront standard logging v2.

    Version 2 needs no bucket ACLs, writes JSON and costs nothing but the storage (CloudFront Developer Guide,
    standard-logging). Deliveries of a distribution are defined in us-east-1.

    Args:
        distribution: the distribution.
        bucket: where the logs go; an imported bucket's policy must let them in.
        prefix: what their keys start with, without slash at either end; by default `AWSLogs/ACCOUNT/CloudFront`, which
            CloudFront puts there where the destination names no prefix.

    Attributes:
        source: the distribution, as CloudWatch Logs knows it.
        destination: the bucket, as CloudWatch Logs knows it.
        delivery: the delivery from one to the other.

    Raises:
        ValueError: the stack's region is known and is not us-east-1, or the prefix is not valid.

    Leaves to you:
        how long logs are kept, and who may read them: the bucket decides.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        distribution: cloudfront.IDistribution,
        bucket: s3.IBucket,
        prefix: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        implements("distribution", distribution, DISTRIBUTION)
        a_bucket("bucket", bucket)
        at_the_edge(self, "deliveries of a distribution's logs")
        optional_text("prefix", prefix, values.log_prefix)
        stack = Stack.of(self)
        _admit_log_delivery(bucket, stack, prefix or f"AWSLogs/{stack.account}")
        name = Names.unique_resource_name(self, max_length=50, separator="-")
        self.source = source = logs.CfnDeliverySource(
            self, "Source", name=f"{name}-source", log_type="ACCESS_LOGS", resource_arn=distribution.distribution_arn
        )
        self.destination = destination = logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=f"{name}-{_digest(bucket, prefix)}",
            output_format="json",
            destination_resource_arn=bucket.arn_for_objects(prefix) if prefix else bucket.bucket_arn,
        )
        self.delivery = delivery = logs.CfnDelivery(
            self, "Delivery", delivery_source_name=source.name, delivery_destination_arn=destination.attr_arn
        )
        delivery.add_resource_dependency(source)
        if bucket.policy is not None:
            delivery.node.add_dependency(bucket.policy)


def _digest(bucket: s3.IBucket, prefix: str | None) -> str:
    """Return a name's end that is another one where the logs go elsewhere.

    CloudFormation then replaces the destination, and makes the new one while the old one still has its name.
    """
    cfn_bucket = bucket.node.default_child
    fixed = cfn_bucket.bucket_name if isinstance(cfn_bucket, s3.CfnBucket) else None
    where = Stack.of(bucket).resolve([bucket.bucket_name, fixed, prefix])
    return hashlib.sha256(json.dumps(where, sort_keys=True).encode()).hexdigest()[:8]


def _admit_log_delivery(bucket: s3.IBucket, stack: Stack, prefix: str) -> None:
    add_to_bucket(
        bucket,
        statements.cdn_logs_written(
            bucket.bucket_arn,
            stack.format_arn(service="logs", resource="delivery-source:*"),
            stack.account,
            prefix=prefix,
        ),
    )
