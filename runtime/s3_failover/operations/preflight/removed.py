"""Are there stacks of the site that the file has no more?"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from s3_failover.errors import UserError
from s3_failover.operations import left_over
from s3_failover.operations.left_over import LeftOver
from s3_failover.operations.preflight.finding import Finding, Findings
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each region that the account may use: a region that left the file is not named in it."""
    for region in sorted(ground.listed) or ground.regions:
        yield Look(f"stacks in {region}", functools.partial(_in, ground, region), (left_over.NEED,))


def finding(left: LeftOver) -> Finding:
    """Return the finding for a stack that the file has no more."""
    return Finding("PREFLIGHT-LEFT-OVER", f"{left.stack} in {left.region}", left.what, left.remedy)


def _in(ground: Ground, region: str) -> Findings:
    found = ground.listed.get(region, ())
    if isinstance(found, UserError):
        raise found
    return map(finding, left_over.of([ground.site], ground.account, region, found))
