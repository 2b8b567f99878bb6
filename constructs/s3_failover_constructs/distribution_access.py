"""Lets CloudFront read a private bucket through origin access control."""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import statements
from s3_failover_constructs.resource_policies import add_to_bucket


def admit_distributions(bucket: s3.Bucket, *, distribution_id: str | None = None, account: str | None = None) -> None:
    """Admit CloudFront distributions of the bucket's account in the bucket policy.

    The policy is written where the bucket is defined: CDK writes none for a bucket that another stack imports, and an
    origin group without it answers 403 exactly when it is needed. Listing is granted so that a missing object is a 404
    (S3 API, GetObject); a viewer cannot list, because the default root object takes the place of `/`.

    Args:
        bucket: the bucket to open.
        distribution_id: the only distribution admitted; by default every distribution of the account is, because bucket
            policies are deployed before the distribution has an id.
        account: the distributions' account; by default the bucket's.
    """
    source_arn = distribution_arn(bucket, distribution_id, account)
    for statement in statements.distributions_read(bucket.bucket_arn, source_arn):
        add_to_bucket(bucket, statement)


def distribution_arn(scope: Construct, distribution_id: str | None = None, account: str | None = None) -> str:
    """Return the ARN of a distribution, or a pattern for all those of an account, by default the scope's."""
    return Stack.of(scope).format_arn(
        service="cloudfront", region="", account=account, resource="distribution", resource_name=distribution_id or "*"
    )
