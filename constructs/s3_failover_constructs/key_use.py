"""How an IAM policy names the KMS keys of buckets in other regions, whose ARNs are not known in advance.

A policy's resource cannot be an alias (KMS Developer Guide, alias-authorization). So the resource is every key of the
region, and a condition narrows it: that S3 asks for an object of one of the buckets, or that the key has an alias.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_s3 as s3

from s3_failover_constructs.places import url_suffix


def keys_of(bucket: s3.IBucket) -> str:
    """Return the ARN pattern of the keys in a bucket's region and account."""
    return f"arn:{Aws.PARTITION}:kms:{bucket.env.region}:{bucket.env.account}:key/*"


def through_s3(buckets: Sequence[s3.IBucket]) -> dict[str, Any]:
    """Return the condition that S3 uses a key for objects of the buckets.

    It holds from the first moment, unlike a condition on aliases, which may take five minutes (KMS Developer Guide,
    alias-authorization). With an S3 Bucket Key the encryption context is the bucket, without it the object (S3 User
    Guide, bucket-key).
    """
    contexts = [arn for bucket in buckets for arn in (bucket.bucket_arn, bucket.arn_for_objects("*"))]
    services = [*dict.fromkeys(_service(bucket) for bucket in buckets)]
    return {
        "StringEquals": {"kms:ViaService": services},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": contexts},
    }


def _service(bucket: s3.IBucket) -> str:
    region = bucket.env.region
    return f"s3.{region}.{url_suffix(region)}"


def under_alias(alias: str, suffix: str = "amazonaws.com") -> dict[str, Any]:
    """Return the condition that a key has an alias and that S3 uses it: short, where there are many buckets.

    Args:
        alias: the alias.
        suffix: what names of services end with in the partition.
    """
    return {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": alias},
        "StringLike": {"kms:ViaService": f"s3.*.{suffix}"},
    }
