"""The bucket policy statements that failover needs: one spelling for buckets that we make and for those that we print.

ARNs may be CDK tokens, so this module only joins them. It has no statement that an existing bucket does not need.
"""

from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]


def keep_keys(bucket_arn: str, keys: Sequence[str]) -> Statement:
    """Deny every principal the deletion of some keys, which `aws s3 sync --delete` may try."""
    return {
        "Sid": "KeepProtectedKeys",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        "Resource": [f"{bucket_arn}/{key}" for key in keys],
    }


def checkers_read(bucket_arn: str, health_key: str, ranges: Sequence[str]) -> Statement:
    """Let Route 53's health checkers read the health object, from their published addresses only."""
    return {
        "Sid": "HealthCheckersReadTheHealthObject",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "s3:GetObject",
        "Resource": f"{bucket_arn}/{health_key}",
        "Condition": {"IpAddress": {"aws:SourceIp": list(ranges)}},
    }


def distributions_read(bucket_arn: str, distribution_arn: str) -> list[Statement]:
    """Let CloudFront read objects by origin access control, and tell missing ones from denied ones.

    Args:
        bucket_arn: the bucket.
        distribution_arn: a distribution, or a pattern.
    """
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": action,
            "Resource": resource,
            "Condition": {"ArnLike": {"aws:SourceArn": distribution_arn}},
        }
        for sid, action, resource in (
            ("DistributionReads", "s3:GetObject", f"{bucket_arn}/*"),
            ("DistributionSees404", "s3:ListBucket", bucket_arn),
        )
    ]


def anyone_reads(bucket_arn: str) -> list[Statement]:
    """Let anonymous requests get objects, over HTTP too, as an S3 website must; everything else needs TLS."""
    return [
        {
            "Sid": "AnyoneReads",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "s3:GetObject",
            "Resource": f"{bucket_arn}/*",
        },
        {
            "Sid": "AllElseNeedsTls",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "NotAction": "s3:GetObject",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def access_logs_written(log_bucket_arn: str, prefix: str, source_arn: str, account: str) -> Statement:
    """Let S3 write the access logs of one bucket (S3 User Guide, enable-server-access-logging)."""
    return {
        "Sid": "S3ServerAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{log_bucket_arn}/{prefix}*",
        "Condition": {"ArnLike": {"aws:SourceArn": source_arn}, "StringEquals": {"aws:SourceAccount": account}},
    }


def cdn_logs_written(log_bucket_arn: str, source_arn: str, account: str, *, prefix: str) -> Statement:
    """Let the log service write a distribution's access logs (CloudFront Developer Guide, standard-logging).

    Args:
        log_bucket_arn: where to.
        source_arn: the delivery sources of the account, as a pattern.
        account: the distribution's account.
        prefix: what the logs' keys start with, without slash at the end.
    """
    return {
        "Sid": "LogDeliveryWrites",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{log_bucket_arn}/{prefix}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": source_arn},
            "StringEquals": {"aws:SourceAccount": account, "s3:x-amz-acl": "bucket-owner-full-control"},
        },
    }


def replicas_written(bucket_arn: str, role_arn: str, *, root: str | None = None) -> Statement:
    """Let S3 write replicas by a role of another account, and hand them over to the bucket's owner.

    The role need not exist yet: a principal that does not is refused, so the account is named and the role a condition
    (S3 User Guide, setting-repl-config-perm-overview; IAM User Guide, reference_policies_condition-keys).

    Args:
        bucket_arn: the bucket.
        role_arn: the role.
        root: the role's account as a principal; by default the one in the role's ARN.
    """
    return {
        "Sid": "ReplicationWrites",
        "Effect": "Allow",
        **_by_role(role_arn, root),
        "Action": [
            "s3:ReplicateObject",
            "s3:ReplicateDelete",
            "s3:ReplicateTags",
            "s3:ObjectOwnerOverrideToBucketOwner",
        ],
        "Resource": f"{bucket_arn}/*",
    }


def replicas_encrypted(role_arn: str, region: str, *, root: str | None = None) -> Statement:
    """Let S3 encrypt replicas by a role of another account, with the key whose policy this is.

    Args:
        role_arn: the role.
        region: the key's.
        root: the role's account as a principal; by default the one in the role's ARN.
    """
    by_role = _by_role(role_arn, root)
    by_role["Condition"]["StringEquals"] = {"kms:ViaService": f"s3.{region}.amazonaws.com"}
    actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    return {"Sid": "ReplicationEncrypts", "Effect": "Allow", **by_role, "Action": actions, "Resource": "*"}


def account_reads(bucket_arn: str, account: str, partition: str = "aws") -> list[Statement]:
    """Let another account's IAM policies decide which of its principals read objects and compare them with its own."""
    principal = {"Effect": "Allow", "Principal": {"AWS": account_root(account, partition)}}
    reads = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
    lists = ["s3:ListBucket", "s3:ListBucketVersions"]
    return [
        {"Sid": "SiteAccountReads", **principal, "Action": reads, "Resource": f"{bucket_arn}/*"},
        {"Sid": "SiteAccountLists", **principal, "Action": lists, "Resource": bucket_arn},
    ]


def account_decrypts(account: str, region: str, partition: str = "aws") -> Statement:
    """Let another account's IAM policies decide which of its principals decrypt with the key whose policy this is.

    Args:
        account: the account.
        region: the key's.
        partition: the account's.
    """
    return {
        "Sid": "SiteAccountDecrypts",
        "Effect": "Allow",
        "Principal": {"AWS": account_root(account, partition)},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
    }


def account_root(account: str, partition: str = "aws") -> str:
    """Return an account as a principal."""
    return f"arn:{partition}:iam::{account}:root"


def _by_role(role_arn: str, root: str | None) -> dict[str, Any]:
    return {
        "Principal": {"AWS": root or _root_of(role_arn)},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": role_arn}},
    }


def _root_of(role_arn: str) -> str:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return account_root(account, partition)
