"""Access logs of a distribution."""

from aws_cdk import Names, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import statements


class DistributionLogs(Construct):
    """Defines the delivery of a distribution's access logs to a bucket, by CloudFront standard logging v2.

    Version 2 needs no bucket ACLs, writes JSON and costs nothing but the storage (CloudFront Developer Guide,
    standard-logging). Deliveries of a distribution are defined in us-east-1.

    Args:
        distribution: the distribution.
        bucket: where the logs go, under `AWSLogs/ACCOUNT/CloudFront/`; an imported bucket's policy must let them in.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, distribution: cloudfront.IDistribution, bucket: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        _admit_log_delivery(bucket, Stack.of(self))
        name = Names.unique_resource_name(self, max_length=50, separator="-")
        source = logs.CfnDeliverySource(
            self, "Source", name=f"{name}-source", log_type="ACCESS_LOGS", resource_arn=distribution.distribution_arn
        )
        destination = logs.CfnDeliveryDestination(
            self, "Destination", name=f"{name}-bucket", output_format="json", destination_resource_arn=bucket.bucket_arn
        )
        delivery = logs.CfnDelivery(
            self, "Delivery", delivery_source_name=source.name, delivery_destination_arn=destination.attr_arn
        )
        delivery.add_resource_dependency(source)
        if bucket.policy is not None:
            delivery.node.add_dependency(bucket.policy)


def _admit_log_delivery(bucket: s3.IBucket, stack: Stack) -> None:
    bucket.add_to_resource_policy(
        iam.PolicyStatement.from_json(
            statements.cdn_logs_written(
                bucket.bucket_arn, stack.format_arn(service="logs", resource="delivery-source:*"), stack.account
            )
        )
    )
