"""ARNs of buckets that are spelled instead of referred to."""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3


def arn_by_name(bucket: s3.Bucket) -> str:
    """Return the ARN of a bucket with a fixed name, without a reference to it.

    A bucket that waits for a policy which names it would otherwise wait for itself.

    Raises:
        ValueError: the bucket has no fixed name.
    """
    cfn_bucket = bucket.node.default_child
    assert isinstance(cfn_bucket, s3.CfnBucket)
    stack = Stack.of(bucket)
    name = cfn_bucket.bucket_name
    if name is None or stack.resolve(name) is None:
        msg = f"a bucket whose policies wait for it needs a fixed name, got {bucket.node.path}: give it a bucket_name"
        raise ValueError(msg)
    return stack.format_arn(service="s3", region="", account="", resource=name)
