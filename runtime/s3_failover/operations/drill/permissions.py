"""What a drill needs to be allowed."""

from s3_failover.config import Site
from s3_failover.operations import mute, notes, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.drill.fault import DrillFault
from s3_failover.operations.drill.faults import EVERY
from s3_failover.operations.permissions import Policy, allow


def policy(site: Site, account: Account, fault: DrillFault | None = None) -> Policy:
    """Return the least IAM policy for drills of a site: with every fault, or with one."""
    names, region = site.names(account.id), site.replica_regions[0]
    reads = [
        "cloudformation:DescribeStacks",
        "cloudwatch:DescribeAlarms",
        "route53:GetHealthCheck",
        "route53:GetHealthCheckStatus",
    ]
    records = [permissions.record(site, account, what) for what in (notes.DRILL, notes.LAST_DRILL)]
    chosen = (fault,) if fault else EVERY
    return permissions.policy(
        allow(reads, ["*"]),
        allow(["s3:GetBucketPolicy"], [f"arn:aws:s3:::{names.primary}", f"arn:aws:s3:::{names.replica(region)}"]),
        allow(["ssm:GetParameters"], [permissions.record(site, account, "*")]),
        allow(["ssm:PutParameter", "ssm:DeleteParameter"], records),
        mute.needs(site, account, notes.DRILL),
        *(statement for each in chosen for statement in each.statements(site, account)),
    )
