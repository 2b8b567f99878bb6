"""`deny-primary`: the primary bucket denies this site's distribution every object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from s3_failover.config import Mode, Site
from s3_failover.drill.expected import Fails, expected
from s3_failover.drill.report import Held
from s3_failover.errors import UserError
from s3_failover.names.alarms import DISTRIBUTION, FAILOVER
from s3_failover.names.stacks import Output
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.drill import bucket_policy
from s3_failover.operations.drill.fault import AskedFault, DrillFault, FaultPlan, Undo
from s3_failover.operations.refusals import explained

if TYPE_CHECKING:
    from s3_failover.operations.drill.conduct import SiteRun

SID = "S3FailoverDrill"
"""What the Sid of a drill's statement begins with, before the drill's id."""

_DENIED = 403


class DenyPrimary(DrillFault):
    """Denies CloudFront alone to read objects of the primary bucket for this distribution.

    Operators, replication and health checkers read as before. In hybrid mode the origin group must answer from the
    replica; in dns mode the check of the distribution must fail and DNS must move. The statement ends by itself: S3
    does not apply it after the drill's time limit, even if no process is left to take it away.
    """

    name = "deny-primary"
    title = "the primary bucket denies the distribution every object"
    service = "s3"
    expected = {  # noqa: RUF012 - read only
        Mode.DNS: expected(True, Fails.BRIEFLY, Fails.THROUGHOUT, {FAILOVER, DISTRIBUTION}),
        Mode.HYBRID: expected(False, Fails.NEVER, Fails.NEVER, set()),
    }

    def exercises(self, site: Site) -> str:
        """Return which promise of the site it puts to the test."""
        if site.mode is Mode.HYBRID:
            return "the origin group answers from the replica, inside CloudFront; DNS stays"
        return "the check of the distribution fails, DNS moves to the secondary, and back afterwards"

    def plan(self, asked: AskedFault) -> FaultPlan:
        """Return the statement for the primary bucket of a deployed site.

        Raises:
            UserError: in hybrid mode viewers would get the denial, or the site is not deployed.
        """
        site = asked.site
        if site.mode is Mode.HYBRID and _DENIED not in site.failover_status_codes:
            raise UserError(
                f"sites.{site.name}.failover_status_codes is {list(site.failover_status_codes)}, expected {_DENIED} "
                "among them: viewers would get the denial itself; drill with another fault"
            )
        bucket = site.names(asked.account.id).primary
        distribution = Deployment(site, asked.account).outputs()[Output.DISTRIBUTION_ID]
        denial = statement(
            f"{SID}{asked.drill}",
            bucket,
            f"arn:aws:cloudfront::{asked.account.id}:distribution/{distribution}",
            f"{asked.until:%Y-%m-%dT%H:%M:%SZ}",
        )
        region = site.primary_region
        with explained(f"look at the policy of {bucket}"):
            found = bucket_policy.read(asked.account.client("s3", region), bucket)
        bucket_policy.with_statement(found, denial)
        return FaultPlan(
            {"bucket": bucket, "region": region, "statement": denial},
            (f"add to the policy of {bucket} in {region}: {json.dumps(denial)}",),
            (f"take the statement {denial['Sid']} out of the policy of {bucket} as it is then",),
        )

    def begin(self, account: Account, undo: Undo) -> None:
        """Put the statement into the policy."""
        bucket_policy.put(account.client("s3", undo["region"]), undo["bucket"], undo["statement"])

    def is_undo(self, undo: Undo) -> bool:
        """Return whether a record names the bucket, its region and the statement."""
        named = (undo.get("bucket"), undo.get("region"), bucket_policy.sid(undo.get("statement")))
        return all(isinstance(each, str) for each in named)

    def undo(self, account: Account, undo: Undo) -> bool:
        """Take the statement out of the policy as it is now."""
        return bucket_policy.remove(account.client("s3", undo["region"]), undo["bucket"], undo["statement"]["Sid"])

    def judge(self, run: SiteRun, outage: float, healing: float) -> Iterator[Held]:
        """Return whether the distribution answered with what the replica holds, where answers tell that at all."""
        marks = [mark for each in run.viewers.values() for mark in each.copies]
        count = sum(outage <= at < healing and mark == "REPLICA" for at, mark in marks)
        if marks and not run.expected.dns_moves:
            text = "the distribution answers with what the replica holds"
            yield Held(expectation=text, held=count > 0, seen=f"{count} answers were a replica's")

    def statements(self, site: Site, account: Account) -> list[dict[str, Any]]:
        """Return what it takes to read and write the bucket's policy."""
        actions = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
        return [{"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{site.names(account.id).primary}"}]


def statement(sid: str, bucket: str, distribution_arn: str, until: str) -> bucket_policy.Statement:
    """Return the statement that denies a distribution every object of a bucket until a moment, in UTC."""
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"ArnEquals": {"aws:SourceArn": distribution_arn}, "DateLessThan": {"aws:CurrentTime": until}},
    }
