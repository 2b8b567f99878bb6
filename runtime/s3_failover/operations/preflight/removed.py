"""Checks whether there are stacks of the site that the file no longer has."""

import functools
from collections.abc import Iterator

from s3_failover.operations import left_over
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look


def looks(ground: Ground) -> Iterator[Look]:
    """Return the look at all regions that the account may use: a region that left the file is not named in it."""
    yield Look("stacks that left the file", functools.partial(_look, ground), (left_over.NEED,))


def _look(ground: Ground) -> Findings:
    looked = left_over.among(ground.listed, [ground.site], ground.account)
    for left in looked.found:
        yield PreflightFinding("PREFLIGHT-LEFT-OVER", left.where, left.what, left.remedy)
    if looked.error:
        raise looked.error
