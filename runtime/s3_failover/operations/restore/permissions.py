"""What the user or pipeline that restores must be allowed to do."""

from s3_failover.config import Site
from s3_failover.operations import delays, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import Policy, allow


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `restore` work at a site and see what it restores arrive."""
    buckets = permissions.buckets(site, account)
    # With --to it writes to any copy.
    written = buckets if site.replication.two_way else buckets[:1]
    tags = [f"s3:Get{what}Tagging" for what in ("Object", "ObjectVersion")]
    writes = ["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    # Without them HEAD does not tell of a lock, and the copy has none (S3 API, HeadObject). Our buckets know no locks.
    locks = [f"s3:{verb}Object{what}" for verb in ("Get", "Put") for what in ("Retention", "LegalHold")]
    cdn = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
    return permissions.policy(
        allow(permissions.LISTING, buckets),
        allow(["s3:GetBucketVersioning", "s3:GetReplicationConfiguration"], written),
        allow(["s3:GetObject", "s3:GetObjectVersion"], permissions.objects(buckets)),
        allow([*tags, *writes, *(locks if site.existing.primary_bucket else ())], permissions.objects(written)),
        permissions.keys(site, account),
        allow(["cloudformation:DescribeStacks"], [permissions.stacks(site, account)]),
        allow(cdn, [permissions.distributions(account)]),
        *delays.statements(site, account),
    )
