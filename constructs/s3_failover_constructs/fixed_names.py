"""What a fixed physical name allows: to name a resource before it exists."""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3


def arn_by_name(bucket: s3.Bucket) -> str:
    """Return a bucket's ARN, written out from its fixed name instead of referred to.

    For policies that the bucket waits for: they may not wait for the bucket in turn.

    Raises:
        ValueError: CloudFormation chooses the bucket's name.
    """
    stack = Stack.of(bucket)
    cfn_bucket = bucket.node.default_child
    assert isinstance(cfn_bucket, s3.CfnBucket)
    name = cfn_bucket.bucket_name
    if name is None or stack.resolve(name) is None:
        msg = f"a bucket without a fixed name cannot be named in advance, got {bucket.node.path}: give it a bucket_name"
        raise ValueError(msg)
    return stack.format_arn(service="s3", region="", account="", resource=name)
