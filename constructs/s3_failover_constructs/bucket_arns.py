"""ARNs of buckets that are spelled instead of referred to."""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3


def arn_without_reference(bucket: s3.Bucket) -> str:
    """Return the ARN of a bucket, or a pattern for all buckets where CloudFormation makes its name.

    A bucket that waits for a policy which refers to it would wait for itself. A policy with the pattern needs another
    condition: the account.
    """
    cfn_bucket = bucket.node.default_child
    assert isinstance(cfn_bucket, s3.CfnBucket)
    stack = Stack.of(bucket)
    name = cfn_bucket.bucket_name
    known = name is not None and stack.resolve(name) is not None
    return stack.format_arn(service="s3", region="", account="", resource=name if name and known else "*")
