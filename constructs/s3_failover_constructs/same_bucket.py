"""Which buckets are one, as far as their names are known at synthesis."""

from aws_cdk import Token
from aws_cdk import aws_s3 as s3


def same_bucket(one: s3.IBucket, other: s3.IBucket) -> bool:
    """Return whether two objects are known to stand for one bucket, made here or imported."""
    return one is other or written_name(one) == written_name(other)


def written_name(bucket: s3.IBucket) -> str:
    """Return a bucket's name as the app wrote it, where the L2 has a token; else that token, which no other has."""
    made = bucket.node.default_child
    name = made.bucket_name if isinstance(made, s3.CfnBucket) else None
    return bucket.bucket_name if name is None or Token.is_unresolved(name) else name
