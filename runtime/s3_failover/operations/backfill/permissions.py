"""What the user or pipeline that backfills must be allowed to do."""

from s3_failover.config import Site, StackRole
from s3_failover.operations import permissions, verify
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import role
from s3_failover.operations.permissions import Policy, allow


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `backfill` work at a site: what `verify` needs, and what its engines do."""
    engines = _by_s3(site, account) if site.versioned else _by_function(site, account)
    return permissions.policy(*verify.policy(site, account)["Statement"], *engines)


def _by_s3(site: Site, account: Account) -> list[Policy | None]:
    names = site.names(account.id)
    primary, logs = (
        f"arn:aws:s3:::{names.primary}",
        f"arn:aws:s3:::{names.access_logs(StackRole.PRIMARY, site.primary_region)}",
    )
    arn = f"arn:aws:iam::{account.id}:role/{role.name(site)}"
    writes = ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload"]
    # Without them HEAD does not tell of a lock, and the copy has none (S3 API, HeadObject). Our buckets know no locks.
    locks = [f"s3:{verb}Object{what}" for verb in ("Get", "Put") for what in ("Retention", "LegalHold")]
    to_batch = {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}
    return [
        allow(["s3:CreateJob", "s3:ListJobs", "s3:DescribeJob"], ["*"]),
        allow(["iam:GetRole", "iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy"], [arn]),
        {**allow(["iam:PassRole"], [arn]), "Condition": to_batch},
        allow(["s3:GetObject", "s3:PutObject"], [f"{logs}/{role.PREFIX}*"]),
        allow(["s3:ListBucket"], [logs]),
        allow(["s3:GetReplicationConfiguration"], [primary]),
        allow([*writes, *(locks if site.existing.primary_bucket else ())], [f"{primary}/*"]),
        permissions.keys(site, account, ["kms:GenerateDataKey"]),
    ]


def _by_function(site: Site, account: Account) -> list[Policy | None]:
    stack = permissions.stack(site, account, StackRole.PRIMARY, site.primary_region)
    return [allow(["cloudformation:DescribeStacks"], [stack]), permissions.queues(site, account, ["sqs:SendMessage"])]
