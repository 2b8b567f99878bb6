"""What a drill needs to be allowed."""

from __future__ import annotations

from typing import Any

from s3_failover.config import Site
from s3_failover.operations.account import Account
from s3_failover.operations.drill.fault import Fault
from s3_failover.operations.drill.faults import EVERY


def policy(site: Site, account: Account, fault: Fault | None = None) -> dict[str, Any]:
    """Return the least IAM policy for drills of a site: with every fault, or with one."""
    names, region = site.names(account.id), site.replica_regions[0]
    replica = names.replica(region)
    reads = [
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "cloudwatch:DescribeAlarms",
        "route53:GetHealthCheck",
        "route53:GetHealthCheckStatus",
        "route53:ListTagsForResource",
    ]
    records = f"arn:aws:ssm:{region}:{account.id}:parameter/s3-failover/{site.name}"
    buckets = [f"arn:aws:s3:::{names.primary}", f"arn:aws:s3:::{replica}"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": reads, "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:GetBucketPolicy", "Resource": buckets},
            {
                "Effect": "Allow",
                "Action": ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"],
                "Resource": [f"{records}/drill", f"{records}/last-drill"],
            },
            *(statement for each in ((fault,) if fault else EVERY) for statement in each.statements(site, account)),
        ],
    }
