"""The regions that an account may use."""

from __future__ import annotations

from s3_failover.config import EDGE_REGION
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import allow
from s3_failover.operations.refusals import explained

NEED = allow(["account:ListRegions", "ec2:DescribeRegions"], ["*"])
"""What asking for the regions needs; one of the two suffices."""


def of(account: Account) -> frozenset[str]:
    """Return the regions that an account may use.

    Raises:
        UserError: neither Account Management nor EC2 tells.
    """
    try:
        return _by_account(account)
    except UserError as error:
        try:
            return _by_ec2(account)
        except UserError:
            raise error from error.__cause__


def _by_account(account: Account) -> frozenset[str]:
    client = account.client("account", EDGE_REGION)
    with explained("list the regions", service="account"):
        pages = client.get_paginator("list_regions").paginate()
        found = [each for page in pages for each in page["Regions"]]
    return frozenset(each["RegionName"] for each in found if each["RegionOptStatus"].startswith("ENABLED"))


def _by_ec2(account: Account) -> frozenset[str]:
    with explained("list the regions", service="ec2"):
        # Without more, these are the enabled ones (EC2 API, DescribeRegions).
        found = account.client("ec2", EDGE_REGION).describe_regions()["Regions"]
    return frozenset(each["RegionName"] for each in found)
