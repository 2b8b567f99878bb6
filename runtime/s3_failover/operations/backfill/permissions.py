"""What the person or pipeline that backfills must be allowed to do."""

from __future__ import annotations

from typing import Any

from s3_failover.config import Site
from s3_failover.operations import verify
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import role


def policy(site: Site, account: Account) -> dict[str, Any]:
    """Return the least IAM policy that lets `backfill` work at a site: what `verify` needs, and what its engines do."""
    engines = _by_s3(site, account) if site.versioned else _by_function(site, account)
    document = verify.policy(site, account)
    return {**document, "Statement": [*document["Statement"], *engines]}


def _by_s3(site: Site, account: Account) -> list[dict[str, Any]]:
    names = site.names(account.id)
    primary, logs = f"arn:aws:s3:::{names.primary}", f"arn:aws:s3:::{names.access_logs(site.primary_region)}"
    arn = f"arn:aws:iam::{account.id}:role/{role.name(site)}"
    writes = ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload"]
    to_batch = {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}
    found = [
        _allow(["s3:CreateJob", "s3:ListJobs", "s3:DescribeJob"], "*"),
        _allow(["iam:GetRole", "iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy"], arn),
        {**_allow(["iam:PassRole"], arn), "Condition": to_batch},
        _allow(["s3:GetObject", "s3:PutObject"], f"{logs}/{role.PREFIX}*"),
        _allow(["s3:GetReplicationConfiguration"], primary),
        _allow(writes, f"{primary}/*"),
    ]
    if site.key_alias is not None:
        keys = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": site.key_alias}}
        found.append({**_allow(["kms:Decrypt", "kms:GenerateDataKey"], "*"), "Condition": keys})
    return found


def _by_function(site: Site, account: Account) -> list[dict[str, Any]]:
    stack = f"s3-failover-{site.name}-primary-{site.primary_region}"
    return [
        _allow(
            ["cloudformation:DescribeStacks"],
            f"arn:aws:cloudformation:{site.primary_region}:{account.id}:stack/{stack}/*",
        ),
        _allow(["sqs:SendMessage"], f"arn:aws:sqs:{site.primary_region}:{account.id}:{stack}-*"),
    ]


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
