"""Which health checks a site has, and what their checkers see."""

from collections.abc import Iterable

from s3_failover.config import EDGE_REGION, Mode, Site
from s3_failover.drill import states
from s3_failover.errors import UserError
from s3_failover.names.health_checks import ALARMS, OUTPUTS, CheckRole
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.status import alarms
from s3_failover.operations.status.alarms import Alarm

CHILDREN = (CheckRole.PRIMARY, CheckRole.DISTRIBUTION)
"""The roles of the checks that decide together in dns mode."""

ENDPOINTS = (*CHILDREN, CheckRole.SECONDARY)
"""The roles of the checks with checkers. A calculated one has no status to ask for (Route 53 API,
GetHealthCheckStatus)."""


def deciding(site: Site) -> CheckRole:
    """Return the role of the check that moves DNS."""
    return CheckRole.FAILOVER if site.mode is Mode.DNS else CheckRole.DISTRIBUTION


def roles(site: Site) -> tuple[CheckRole, ...]:
    """Return the roles of the checks of a site, the deciding one first."""
    return (deciding(site), *(role for role in ENDPOINTS if role != deciding(site)))


def identifiers(site: Site, account: Account) -> dict[str, str]:
    """Return the checks' ids by role, the deciding one first: from the alarms on them, or from the edge's outputs.

    The alarms are asked first: CloudWatch is a service of its region and answers while the global control planes there
    do not. A stack that an older version deployed outputs one id alone, and has the same alarms.

    Raises:
        UserError: neither can be asked, or neither has the ids.
    """
    wanted = roles(site)
    try:
        found = of_alarms(site, alarms.look(site, account, EDGE_REGION))
    except UserError:
        found = {}
    if not set(wanted) <= set(found):
        told = Deployment(site, account).outputs()
        found = {role: told[OUTPUTS[role]] for role in wanted}
    return {role.value: found[role] for role in wanted}


def of_alarms(site: Site, found: Iterable[Alarm]) -> dict[CheckRole, str]:
    """Return the checks' ids by role, as far as a site's alarms have them."""
    dimensions = {alarm.name: alarm.dimensions for alarm in found}
    known = {role: dimensions.get(site.naming.alarm(kind), {}) for role, kind in ALARMS.items()}
    # In hybrid mode the alarm on what moves DNS is the one on the distribution's check.
    known[deciding(site)] = known[CheckRole.FAILOVER]
    return {role: each["HealthCheckId"] for role, each in known.items() if "HealthCheckId" in each}


def endpoints(site: Site, account: Account) -> dict[str, str]:
    """Return the ids of the checks with checkers, by role."""
    found = identifiers(site, account)
    return {role.value: found[role] for role in ENDPOINTS}


def state(account: Account, identifier: str) -> str:
    """Return what the checkers of a check see now, as `drill.states` spells it; inverting a check does not change that.

    Raises:
        BotoCoreError, ClientError: Route 53 does not say.
    """
    route53 = account.client("route53", EDGE_REGION)
    return states.verdict(route53.get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"])
