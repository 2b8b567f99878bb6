"""The regions that an account may use."""

import functools
from collections.abc import Callable

from s3_failover.config import EDGE_REGION
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.permissions import allow
from s3_failover.operations.refusals import explained
from s3_failover.operations.together import together

NEED = allow(["account:ListRegions", "ec2:DescribeRegions"], ["*"])
"""What asking for the regions needs; one of the two suffices."""


SECONDS = 60.0
"""How long the two may take together, unless the caller has less time."""


def of(account: Account, *, region: str, seconds: float = SECONDS) -> frozenset[str]:
    """Return the regions that an account may use; raise UserError if neither tells.

    Account Management lives in us-east-1 alone and EC2 in every region, so both are asked at the same time.

    EC2 is asked in `region`, one that is not lost with us-east-1.
    """
    asked: dict[str, Callable[[], frozenset[str]]] = {
        "account": functools.partial(_by_account, account),
        "ec2": functools.partial(_by_ec2, account, region),
    }
    found = together(asked, seconds=seconds)
    errors: list[UserError] = []
    for each in found.values():
        if not isinstance(each, UserError):
            return each
        errors.append(each)
    raise errors[0]


def _by_account(account: Account) -> frozenset[str]:
    client = account.client("account", EDGE_REGION)
    with explained("list the regions", service="account"):
        pages = client.get_paginator("list_regions").paginate()
        found = [each for page in pages for each in page["Regions"]]
    return frozenset(each["RegionName"] for each in found if each["RegionOptStatus"].startswith("ENABLED"))


def _by_ec2(account: Account, region: str) -> frozenset[str]:
    with explained("list the regions", service="ec2"):
        # Without more, these are the enabled ones (EC2 API, DescribeRegions).
        found = account.client("ec2", region).describe_regions()["Regions"]
    return frozenset(each["RegionName"] for each in found)
