"""Which health checks a site has, and what their checkers see."""

from __future__ import annotations

from s3_failover.config import EDGE_REGION, Mode, Site, StackRole
from s3_failover.drill import states
from s3_failover.errors import UserError
from s3_failover.operations import deployed
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import explained
from s3_failover.operations.status import alarms

CHILDREN = ("primary", "distribution")
"""The roles of the checks that decide together in dns mode."""

ENDPOINTS = (*CHILDREN, "secondary")
"""The roles of the checks with checkers. A calculated one has no status to ask for (Route 53 API,
GetHealthCheckStatus)."""


def deciding(site: Site) -> str:
    """Return the role of the check that moves DNS."""
    return "failover" if site.mode is Mode.DNS else "distribution"


def identifiers(site: Site, account: Account) -> dict[str, str]:
    """Return the checks' ids by role, the deciding one first: as the alarms on them know, or the stack if they do not.

    CloudWatch is a service of its region and answers while the global control planes there do not.

    Raises:
        UserError: neither can be asked.
    """
    try:
        ids = _of_alarms(site, account)
    except UserError:
        ids = {}
    wanted = [deciding(site), *(role for role in ENDPOINTS if role != deciding(site))]
    if set(wanted) <= set(ids):
        return {role: ids[role] for role in wanted}
    ids = _of_stack(site, account)
    return {role: ids[role] for role in wanted if role in ids}


def _of_alarms(site: Site, account: Account) -> dict[str, str]:
    found = {}
    for alarm in alarms.look(site, account, EDGE_REGION):
        role, ends, _ = alarm.name.removeprefix(site.naming.alarms).partition("-unhealthy")
        if ends and "HealthCheckId" in alarm.dimensions:
            found[role] = alarm.dimensions["HealthCheckId"]
    if site.mode is Mode.HYBRID and "failover" in found:
        found["distribution"] = found["failover"]
    return found


def _of_stack(site: Site, account: Account) -> dict[str, str]:
    name = site.naming.stack(StackRole.EDGE, EDGE_REGION)
    found = {}
    with explained(f"look at the stack {name} in {EDGE_REGION}", service="cloudformation"):
        for each in deployed.listed(account.client("cloudformation", EDGE_REGION), name):
            if each["ResourceType"] == "AWS::Route53::HealthCheck":
                found[_role(each["LogicalResourceId"])] = each["PhysicalResourceId"]
    return found


def _role(logical: str) -> str:
    """Return the role that a logical id of `FailoverHealthChecks` names, as in `HealthChecksPrimary0A1B2C3D`."""
    rest = logical.removeprefix("HealthChecks")
    return next((role for role in ("failover", *ENDPOINTS) if rest.lower().startswith(role)), rest)


def endpoints(site: Site, account: Account) -> dict[str, str]:
    """Return the ids of the checks with checkers by role; those that are deployed.

    Raises:
        UserError: they cannot be asked for.
    """
    found = identifiers(site, account)
    return {role: found[role] for role in ENDPOINTS if role in found}


def state(account: Account, identifier: str) -> str:
    """Return what the checkers of a check see now, as `drill.states` spells it; inverting a check does not change that.

    Raises:
        BotoCoreError, ClientError: Route 53 does not say.
    """
    route53 = account.client("route53", EDGE_REGION)
    return states.verdict(route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"])
