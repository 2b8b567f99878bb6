"""`invert-check`: a health check says the opposite of what its checkers see."""

from typing import Any

from botocore.exceptions import ClientError

from s3_failover.config import EDGE_REGION, Mode, Site
from s3_failover.drill.expected import Fails, expected
from s3_failover.errors import UserError
from s3_failover.names.alarms import DISTRIBUTION, FAILOVER, PRIMARY
from s3_failover.names.health_checks import CheckRole
from s3_failover.operations import health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.drill.fault import AskedFault, DrillFault, FaultPlan, Undo
from s3_failover.operations.refusals import code, explained

TRIES = 5
"""How often an update is repeated that crossed another caller's."""


class InvertCheck(DrillFault):
    """Inverts the endpoint check that makes the failover check unhealthy: the primary's; in hybrid the distribution's.

    Nothing is broken for viewers who are still at the distribution: what is put to the test is the way from a check to
    the record, to resolvers and to people. It does not end by itself.
    """

    name = "invert-check"
    title = "the check that decides says the opposite of what its checkers see"
    service = "route53"
    expected = {  # noqa: RUF012 - read only
        Mode.DNS: expected(True, Fails.NEVER, Fails.THROUGHOUT, {FAILOVER, PRIMARY}),
        Mode.HYBRID: expected(True, Fails.NEVER, Fails.THROUGHOUT, {FAILOVER, DISTRIBUTION}),
    }

    def exercises(self, _site: Site) -> str:
        """Return which promise of the site it puts to the test."""
        return "DNS moves to the secondary when the check turns, alarms go off, and DNS moves back"

    def plan(self, asked: AskedFault) -> FaultPlan:
        """Return the check and what it says now; raise UserError if it is inverted already."""
        role = CheckRole.PRIMARY if asked.site.mode is Mode.DNS else CheckRole.DISTRIBUTION
        found = health_checks.endpoints(asked.site, asked.account)
        name, identifier = asked.site.naming.health_check(role), found[role]
        with explained(f"look at the health check {identifier}", service="route53"):
            inverted = is_inverted(asked.account, identifier)
        if inverted:
            raise UserError(f"the health check {identifier} is inverted already, expected not: deploy the site again")
        return FaultPlan(
            {"checks": [{"id": identifier, "name": name, "inverted": inverted}]},
            (f"set Inverted of the health check {identifier} ({name}) from false to true",),
            (f"set Inverted of the health check {identifier} back to false",),
        )

    def begin(self, account: Account, undo: Undo) -> None:
        """Invert the checks."""
        for check in undo["checks"]:
            set_inverted(account, check["id"], not check["inverted"])

    def is_undo(self, undo: Undo) -> bool:
        """Return whether a record names checks, and what each said before."""
        checks = undo.get("checks")
        return isinstance(checks, list) and all(
            isinstance(each, dict) and isinstance(each.get("id"), str) and isinstance(each.get("inverted"), bool)
            for each in checks
        )

    def undo(self, account: Account, undo: Undo) -> bool:
        """Set the checks to what they were."""
        changed = [set_inverted(account, check["id"], check["inverted"]) for check in undo["checks"]]
        return any(changed)

    def statements(self, _site: Site, _account: Account) -> list[dict[str, Any]]:
        """Return what it takes to change a health check."""
        # Route 53 has no ARN of a site's checks before they are there; tags are no condition for them.
        return [
            {"Effect": "Allow", "Action": "route53:UpdateHealthCheck", "Resource": "arn:aws:route53:::healthcheck/*"}
        ]


def is_inverted(account: Account, identifier: str) -> bool:
    """Return whether a check says the opposite of what its checkers see."""
    return bool(_read(account, identifier)["HealthCheckConfig"].get("Inverted", False))


def set_inverted(account: Account, identifier: str, inverted: bool) -> bool:
    """Set whether a check is inverted, from the version that was read; return whether that was a change.

    Where only the answer was lost, boto3 has tried again and Route 53 has told of another version.
    """
    for number in range(TRIES):
        try:
            check = _read(account, identifier)
            if check["HealthCheckConfig"].get("Inverted", False) == inverted:
                return number > 0
            account.client("route53", EDGE_REGION).update_health_check(
                HealthCheckId=identifier, HealthCheckVersion=check["HealthCheckVersion"], Inverted=inverted
            )
        except ClientError as error:
            if code(error) == "NoSuchHealthCheck":
                return False
            if code(error) != "HealthCheckVersionMismatch":
                raise
        else:
            return True
    raise UserError(f"the health check {identifier} is changed by others all the time: find out by whom")


def _read(account: Account, identifier: str) -> dict[str, Any]:
    found: dict[str, Any] = account.client("route53", EDGE_REGION).get_health_check(HealthCheckId=identifier)
    check: dict[str, Any] = found["HealthCheck"]
    return check
