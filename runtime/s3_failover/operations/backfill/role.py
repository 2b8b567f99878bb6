"""The IAM role that S3 Batch Operations takes on for a site's jobs."""

import json
import time
from typing import Any

from s3_failover.config import EDGE_REGION, Site
from s3_failover.names import tags
from s3_failover.names.site import PREFIX as NAMES
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import explained, found_or_none

PREFIX = "backfill/"
"""What keys of manifests and reports start with."""

_POLICY = f"{NAMES}backfill"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "batchoperations.s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}

IAM_SECONDS = 15.0
"""How long a new role takes, mostly, until all of AWS knows it (IAM User Guide, troubleshoot_general)."""


def name(site: Site) -> str:
    """Return the role's name."""
    return site.naming.iam_role("backfill")


def permissions(primary: str, reports: str) -> dict[str, Any]:
    """Return what the role may do (S3 User Guide, s3-batch-replication-policies).

    Args:
        primary: the bucket whose objects are replicated; by the replication role, not by this one.
        reports: the bucket for manifests and reports.
    """
    kept = f"arn:aws:s3:::{reports}/{PREFIX}*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:InitiateReplication", "Resource": f"arn:aws:s3:::{primary}/*"},
            {
                "Effect": "Allow",
                "Action": ["s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"],
                "Resource": f"arn:aws:s3:::{primary}",
            },
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], "Resource": kept},
        ],
    }


def ensure(site: Site, account: Account, reports: str, *, sleep: Any = time.sleep) -> str:
    """Make the role, or bring its permissions up to date; return its ARN.

    It stays: it can do nothing but start replication of this bucket, and a job that runs on needs it.
    """
    client = account.client("iam", EDGE_REGION)
    role, wanted = name(site), permissions(site.names(account.id).primary, reports)
    with explained(f"make the role {role}; or name one with --role-arn", service="iam"):
        found = found_or_none(lambda: client.get_role(RoleName=role), "NoSuchEntity")
        made = found or client.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=json.dumps(_TRUST),
            Description=f"S3 Batch Replication of {site.hostname}",
            Tags=[{"Key": tags.SITE, "Value": site.hostname}],
        )
        client.put_role_policy(RoleName=role, PolicyName=_POLICY, PolicyDocument=json.dumps(wanted))
    if found is None:
        sleep(IAM_SECONDS)
    return str(made["Role"]["Arn"])
