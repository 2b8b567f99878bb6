"""What a drill left whose record is lost: statements in the primary's bucket policy, and checks that are inverted."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3_failover.config import Site
from s3_failover.operations import health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.drill import bucket_policy
from s3_failover.operations.drill.deny_primary import SID
from s3_failover.operations.drill.invert_check import is_inverted, set_inverted
from s3_failover.operations.refusals import explained


@dataclass(frozen=True)
class Remains:
    """What is left of drills, by the Sids of statements and the ids of checks.

    A replication that was paused has none: AWS Fault Injection Service ends it by itself.
    """

    bucket: str
    statements: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """Return it in words."""
        for sid in self.statements:
            yield f"the statement {sid} in the policy of {self.bucket}"
        for identifier in self.checks:
            yield f"the health check {identifier}, which is inverted"


def look(site: Site, account: Account) -> Remains:
    """Return what drills left, one under way too: statements, and inverted checks.

    Raises:
        UserError: the bucket's policy or a check cannot be read.
    """
    bucket = site.names(account.id).primary
    with explained(f"look at the policy of {bucket}"):
        policy = bucket_policy.read(account.client("s3", site.primary_region), bucket)
    with explained("look at the health checks", service="route53"):
        checks = health_checks.endpoints(site, account).values()
        inverted = tuple(each for each in checks if is_inverted(account, each))
    return Remains(bucket, tuple(bucket_policy.sids(policy, SID)), inverted)


def remove(site: Site, account: Account, found: Remains) -> None:
    """Take the statements out of the policy as it is then, and have the checks say what their checkers see."""
    client = account.client("s3", site.primary_region)
    with explained(f"change the policy of {found.bucket}"):
        for sid in found.statements:
            bucket_policy.remove(client, found.bucket, sid)
    with explained("change the health checks", service="route53"):
        for identifier in found.checks:
            set_inverted(account, identifier, inverted=False)
