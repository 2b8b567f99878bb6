"""The health checks of a site, and what their checkers see."""

from __future__ import annotations

from s3_failover.config import EDGE_REGION, Site
from s3_failover.drill import states
from s3_failover.operations.account import Account
from s3_failover.operations.doctor.patient import Patient
from s3_failover.operations.refusals import explained

ROLES = ("primary", "distribution", "secondary")
"""The endpoint checks of a site. A calculated one has no status to ask for (Route 53 API, GetHealthCheckStatus)."""


def of_site(site: Site, account: Account) -> dict[str, str]:
    """Return the ids of a site's endpoint checks by role; those that are deployed.

    Raises:
        UserError: they cannot be asked for.
    """
    route53 = account.client("route53", EDGE_REGION)
    found: dict[str, str] = {}
    for _, identifier in Patient(site, account).edge.of("AWS::Route53::HealthCheck"):
        with explained(f"look at the tags of the health check {identifier}", service="route53"):
            told = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=identifier)
        name = {tag["Key"]: tag["Value"] for tag in told["ResourceTagSet"]["Tags"]}.get("Name", "")
        found[name.removeprefix(site.naming.health_check(""))] = identifier
    return {role: found[role] for role in ROLES if role in found}


def state(account: Account, identifier: str) -> str:
    """Return what the checkers of a check see now, as `drill.states` spells it; inverting a check does not change that.

    Raises:
        BotoCoreError, ClientError: Route 53 does not say.
    """
    route53 = account.client("route53", EDGE_REGION)
    return states.verdict(route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"])
