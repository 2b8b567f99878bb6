"""Which health checks a site has, and what their checkers see."""

from collections.abc import Iterable, Mapping

from s3_failover.config import EDGE_REGION, Site
from s3_failover.drill import states
from s3_failover.errors import UserError
from s3_failover.names.health_checks import ALARMS, OUTPUTS, CheckRole
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.status import alarms
from s3_failover.operations.status.alarms import Alarm

CHILDREN = (CheckRole.PRIMARY, CheckRole.DISTRIBUTION)
"""The roles of the checks on what viewers get from the distribution; in dns mode both decide."""

ENDPOINTS = (*CHILDREN, CheckRole.SECONDARY)
"""The roles of the checks with checkers. A calculated one has no status to ask for (Route 53 API,
GetHealthCheckStatus)."""


def identifiers(site: Site, account: Account) -> dict[str, str]:
    """Return the checks' ids by role, the one that moves DNS first: from the alarms on them, or the edge's outputs.

    The alarms are asked first: CloudWatch is a service of its region and answers while the global control planes there
    do not. A stack that an older version deployed outputs one id alone, and has the same alarms.

    Raises:
        UserError: neither can be asked, or neither has the ids.
    """
    wanted = (CheckRole.FAILOVER, *ENDPOINTS)
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
    return {role: each["HealthCheckId"] for role, each in known.items() if "HealthCheckId" in each}


def with_evacuation(ids: Mapping[str, str], children: Iterable[str]) -> dict[str, str]:
    """Return ids by role with the evacuation's, given the children of the check that moves DNS.

    No alarm is on the evacuation's check: it is the one child that is not known otherwise.
    """
    unknown = sorted(set(children) - set(ids.values()))
    return {**ids, CheckRole.EVACUATION.value: unknown[0]} if unknown else dict(ids)


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
