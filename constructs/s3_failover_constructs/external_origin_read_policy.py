"""What another provider's CDN must be allowed to read."""

from typing import Any

from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs.arguments import a_bucket, flag
from s3_failover_constructs.key_use import keys_of, through_s3
from s3_failover_constructs.managed_policy import JsonManagedPolicy
from s3_failover_constructs.nag import acknowledge_wildcards


class ExternalOriginReadPolicy(JsonManagedPolicy):
    """Defines a managed policy with what a CDN outside AWS needs to read one private bucket, and nothing else.

    Attach it to the IAM user whose access key signs the CDN's requests: `user.add_managed_policy(policy)`. Listing is
    granted so that a missing object is a 404 (S3 API, GetObject). A stack whose policy is still attached cannot be
    deleted: detach it first.

    Args:
        bucket: the copy that the CDN reads.
        encrypted: whether its objects are encrypted with KMS keys of its region and account; false by default.

    Leaves to you:
        the user or role that the other provider signs in as.
    """

    def __init__(self, scope: Construct, id: str, *, bucket: s3.IBucket, encrypted: bool = False) -> None:
        super().__init__(scope, id)
        a_bucket("bucket", bucket)
        flag("encrypted", encrypted)
        objects = bucket.arn_for_objects("*")
        policy = self._write(
            "s3-failover: another provider's CDN reads the copy of a site",
            [
                {"Sid": "ReadObjects", "Effect": "Allow", "Action": "s3:GetObject", "Resource": objects},
                {
                    "Sid": "TellMissingFromDenied",
                    "Effect": "Allow",
                    "Action": "s3:ListBucket",
                    "Resource": bucket.bucket_arn,
                },
                *(_on_keys(bucket) if encrypted else []),
            ],
        )
        acknowledge_wildcards(policy, [objects], "the CDN reads any object of this one bucket")
        if encrypted:
            reason = "a key's ARN is unknown in another stack; the condition admits S3's use for this bucket alone"
            acknowledge_wildcards(policy, [keys_of(bucket)], reason)


def _on_keys(bucket: s3.IBucket) -> list[dict[str, Any]]:
    decrypt = {"Sid": "DecryptObjects", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": keys_of(bucket)}
    return [{**decrypt, "Condition": through_s3([bucket])}]
