"""IAM policies, as small as they can be, written statement by statement."""

from collections.abc import Iterable
from typing import Any

from s3_failover.config import EDGE_REGION, Site, StackRole
from s3_failover.names import tags
from s3_failover.names.site import PREFIX
from s3_failover.operations.account import Account

Policy = dict[str, Any]
"""An IAM policy document."""

_KEPT_OF_STACKS = 20
"""Characters of a stack's name that are surely in the names that CloudFormation makes of it."""

KMS = ("kms:Decrypt", "kms:GenerateDataKey")
"""What reading and writing objects under a KMS key takes (S3 User Guide, UsingKMSEncryption)."""


def policy(*statements: Policy | None) -> Policy:
    """Return a policy of these statements; those that are None are left out."""
    return {"Version": "2012-10-17", "Statement": [each for each in statements if each is not None]}


def allow(actions: Iterable[str], resources: Iterable[str]) -> Policy:
    """Return a statement that allows actions on resources."""
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(resources)}


def statements(document: Policy) -> list[Policy]:
    """Return a policy's statements; one alone needs no list (IAM User Guide, reference_policies_elements_statement)."""
    found: Policy | list[Policy] = document["Statement"]
    return [found] if isinstance(found, dict) else found


def buckets(site: Site, account: Account) -> tuple[str, ...]:
    """Return the ARNs of a site's content buckets, the primary's first."""
    names = site.names(account.id)
    return tuple(f"arn:aws:s3:::{name}" for name in (names.primary, *map(names.replica, site.replica_regions)))


LISTING = ("s3:ListBucket", "s3:ListBucketVersions")
"""What listing takes, and what makes S3 answer 404 instead of 403 for what is missing (S3 API, HeadObject)."""


def objects(arns: Iterable[str]) -> list[str]:
    """Return the ARN of all objects in buckets."""
    return [f"{arn}/*" for arn in arns]


def keys(site: Site, account: Account, actions: Iterable[str] = KMS) -> Policy | None:
    """Return a statement for the keys of a site's objects, which their alias tells; None without KMS encryption."""
    if site.key_alias is None:
        return None
    accounts = [account.id] if site.replica_account is None else [account.id, site.replica_account]
    ours = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": site.key_alias}}
    return allow(actions, [f"arn:aws:kms:*:{owner}:key/*" for owner in accounts]) | {"Condition": ours}


def stacks(site: Site, account: Account) -> str:
    """Return the ARN of all stacks of a site."""
    return f"arn:aws:cloudformation:*:{account.id}:stack/{site.naming.stacks}*/*"


def stack(site: Site, account: Account, role: StackRole = StackRole.EDGE, region: str = EDGE_REGION) -> str:
    """Return the ARN of one stack of a site; by default the edge's."""
    return f"arn:aws:cloudformation:{region}:{account.id}:stack/{site.naming.stack(role, region)}/*"


def queues(site: Site, account: Account, actions: Iterable[str]) -> Policy:
    """Return a statement for the site's queues in the primary region.

    CloudFormation shortens the stack's part of a queue's name, which has 80 characters, so the tag tells whose it is
    (SQS Developer Guide, sqs-abac).
    """
    ours = {"StringEquals": {f"aws:ResourceTag/{tags.SITE}": site.hostname}}
    named = f"arn:aws:sqs:{site.primary_region}:{account.id}:{(site.stack_prefix or PREFIX)[:_KEPT_OF_STACKS]}*"
    return allow(actions, [named]) | {"Condition": ours}


def distributions(account: Account) -> str:
    """Return the ARN of all distributions: their ids are not known before they are deployed."""
    return f"arn:aws:cloudfront::{account.id}:distribution/*"


def record(site: Site, account: Account, what: str) -> str:
    """Return the ARN of the parameter in which something about a site is written down."""
    return f"arn:aws:ssm:{site.replica_regions[0]}:{account.id}:parameter{site.naming.parameter(what)}"
