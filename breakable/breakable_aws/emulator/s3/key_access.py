"""Decides whether a caller may use an object's KMS key through S3: by the key's policy, for a role by IAM's too.

AWS: `https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html` and
`https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html`.
"""

from collections.abc import Mapping
from typing import Any

from breakable_aws.emulator.base import kms, policies, s3, scopes

Key = Mapping[str, Any]

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def has_key(entry: Mapping[str, Any]) -> bool:
    """Return whether an object is encrypted with a KMS key."""
    return bool((entry.get("preserved_headers") or {}).get(_ALGORITHM) == "aws:kms")


def key_of(entry: Mapping[str, Any], bucket: str) -> Key | None:
    """Return the KMS key of an object, if it is there and can be used."""
    reference = entry["preserved_headers"].get(_KEY, "")
    return find(reference, region=s3.region_of(bucket), account=s3.owner_of(bucket))


def with_key(entry: Mapping[str, Any], key: Key) -> dict[str, Any]:
    """Return an object's record with another KMS key."""
    return {**entry, "preserved_headers": {**entry["preserved_headers"], _KEY: key["Arn"]}}


def find(reference: str, *, region: str, account: str) -> Key | None:
    """Return the key of a reference, by id, by alias or by the ARN of either, if it can be used."""
    if reference.startswith("arn:"):
        region, account = reference.split(":")[3:5]
    with scopes.within(account, region):
        found = kms.key_of(reference)
    return found if found and found["KeyState"] == "Enabled" else None


def service_may_decrypt(key: Key, service: str, context: Mapping[str, Any], bucket: str, path: str) -> bool:
    """Tell whether an AWS service may decrypt an object through S3.

    The condition keys of `context` are in lower case; `path` is the object's key in the bucket.
    """
    asked = _question(key, "kms:Decrypt", bucket, path, account="", context=context)
    principal = {"principal_arn": "*", "principal_type": "Service", "principal_account": ""}
    return policies.decision(key["Policy"], service=service, **principal, **asked) == "Allow"


def role_may(role: str, action: str, key: Key, bucket: str, path: str) -> bool:
    """Tell whether a role may use a key for an object through S3.

    `path` is the object's key in the bucket.
    """
    asked = _question(key, action, bucket, path, account=role.split(":")[4], context={})
    owner = key["Arn"].split(":")[4]
    return policies.decision_for_role(role, key["Policy"], owner, required=True, **asked) == "Allow"


def _question(
    key: Key, action: str, bucket: str, path: str, *, account: str, context: Mapping[str, Any]
) -> dict[str, Any]:
    region = key["Arn"].split(":")[3]
    # With an S3 Bucket Key, KMS is asked for the bucket; without, for the object.
    resource = f"arn:aws:s3:::{bucket}" if _has_bucket_key(bucket) else f"arn:aws:s3:::{bucket}/{path}"
    through_s3 = {
        "kms:viaservice": f"s3.{region}.amazonaws.com",
        "kms:encryptioncontext:aws:s3:arn": resource,
        "kms:calleraccount": account,
    }
    return {
        "action": action,
        "resource_arn": key["Arn"],
        "region": region,
        "source_ip": "",
        "secure_transport": True,
        "service_context": {**context, **through_s3},
    }


def _has_bucket_key(bucket: str) -> bool:
    with s3.in_account_of(bucket):
        document = (s3.document(bucket, "encryption") or "").replace(" ", "")
    return "<BucketKeyEnabled>true</BucketKeyEnabled>" in document
