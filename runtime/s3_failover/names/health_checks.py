"""The health checks of a site: their roles, and the tag `Name` that the Route 53 console shows."""

from enum import StrEnum

from s3_failover.names import alarms
from s3_failover.names.stacks import Output


class CheckRole(StrEnum):
    """What a health check says."""

    FAILOVER = "failover"
    """In dns mode, whether both primary and distribution are healthy: a calculated check without checkers."""
    PRIMARY = "primary"
    """Whether the primary bucket serves the health object."""
    DISTRIBUTION = "distribution"
    """Whether the distribution does; in hybrid mode it moves DNS."""
    SECONDARY = "secondary"
    """Whether the secondary does."""


OUTPUTS = {
    CheckRole.FAILOVER: Output.FAILOVER_HEALTH_CHECK_ID,
    CheckRole.PRIMARY: Output.PRIMARY_HEALTH_CHECK_ID,
    CheckRole.DISTRIBUTION: Output.DISTRIBUTION_HEALTH_CHECK_ID,
    CheckRole.SECONDARY: Output.SECONDARY_HEALTH_CHECK_ID,
}
"""The outputs of the edge stack with the ids of the checks."""

ALARMS = {
    CheckRole.FAILOVER: alarms.FAILOVER,
    CheckRole.PRIMARY: alarms.PRIMARY,
    CheckRole.DISTRIBUTION: alarms.DISTRIBUTION,
    CheckRole.SECONDARY: alarms.SECONDARY,
}
"""The kinds of the alarms on the checks."""


def tag(label: str, role: str) -> str:
    """Return the tag `Name` of a health check, as in `shop.example.com failover`."""
    return f"{label} {role}"
