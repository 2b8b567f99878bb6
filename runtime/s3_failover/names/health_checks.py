"""The health checks of a site: their roles, and the tag `Name` that the Route 53 console shows."""

from enum import StrEnum

from s3_failover.names import alarms
from s3_failover.names.stacks import Output


class CheckRole(StrEnum):
    """What a health check says."""

    FAILOVER = "failover"
    """Whether all that decides is healthy: a calculated check without checkers, which moves DNS."""
    PRIMARY = "primary"
    """Whether the primary bucket serves the health object."""
    DISTRIBUTION = "distribution"
    """Whether the distribution does; in hybrid mode it moves DNS, together with the evacuation's."""
    SECONDARY = "secondary"
    """Whether the secondary does."""
    EVACUATION = "evacuation"
    """Whether viewers may be at the primary: an inverted check on the object that `s3-failover evacuate` writes."""


SWITCH_INTERVAL = 30
SWITCH_THRESHOLD = 1
"""How often, in seconds, a checker asks for the evacuation's object, and how many answers in a row count."""

SWITCH_SECONDS = SWITCH_INTERVAL * SWITCH_THRESHOLD
"""Within how many seconds the evacuation's check follows the object."""


OUTPUTS = {
    CheckRole.FAILOVER: Output.FAILOVER_HEALTH_CHECK_ID,
    CheckRole.PRIMARY: Output.PRIMARY_HEALTH_CHECK_ID,
    CheckRole.DISTRIBUTION: Output.DISTRIBUTION_HEALTH_CHECK_ID,
    CheckRole.SECONDARY: Output.SECONDARY_HEALTH_CHECK_ID,
    CheckRole.EVACUATION: Output.EVACUATION_HEALTH_CHECK_ID,
}
"""The outputs of the edge stack with the ids of the checks."""

ALARMS = {
    CheckRole.FAILOVER: alarms.FAILOVER,
    CheckRole.PRIMARY: alarms.PRIMARY,
    CheckRole.DISTRIBUTION: alarms.DISTRIBUTION,
    CheckRole.SECONDARY: alarms.SECONDARY,
}
"""The kinds of the alarms on the checks. An evacuation has the failover's alarm and none of its own."""


def tag(label: str, role: str) -> str:
    """Return the tag `Name` of a health check, as in `shop.example.com failover`."""
    return f"{label} {role}"
