"""What a drill knows of a site: where people and documentation say it is, not what state it is in."""

from dataclasses import dataclass

from s3_failover.config import Mode, Site
from s3_failover.drill.kinds import UPGRADE_TIMEOUT, Connects, ViewerKind

ALARM_PERIOD = 60.0
"""Seconds of the alarms' period: a state that turns is seen within two of them."""


@dataclass(frozen=True)
class DrilledSite:
    """A site under drill, with the times that its configuration promises."""

    site: Site
    slack: float
    """Seconds to allow for the machine: none when time runs at its own speed."""
    stretch: float = 1.0
    """How many embedded seconds a second of a socket timeout takes: timeouts do not run as fast as time does."""

    @property
    def name(self) -> str:
        """The site's name."""
        return self.site.name

    @property
    def mode(self) -> Mode:
        """The site's mode."""
        return self.site.mode

    @property
    def detection(self) -> float:
        """Seconds until checks have turned: threshold times interval, and the last probe's timeouts.

        A checker connects within 4 seconds and gets the status within 2 (Route 53 Developer Guide,
        dns-failover-determining-health-of-endpoints); reading the state takes the rest.
        """
        return self.site.health_check_interval * self.site.health_check_threshold + 10 + self.slack

    @property
    def failover(self) -> float:
        """Seconds until every viewer has followed DNS: detection, and the record's time to live."""
        return self.detection + self.site.record_ttl

    def follows(self, kind: ViewerKind) -> float:
        """Return the seconds until viewers of a kind have followed DNS: as `failover`, behind their resolver."""
        return self.detection + kind.lag(self.site.record_ttl)

    def latency(self, kind: ViewerKind) -> float:
        """Return the seconds that a request may take when the distribution gives up on the primary.

        One connection attempt, one answer waited for, and a second for the rest; a browser that gives up on HTTPS has
        waited for that before.
        """
        timeouts = self.site.origin_connect_timeout + self.site.origin_read_timeout
        waited = UPGRADE_TIMEOUT if kind.connects is Connects.HTTPS_FIRST else 0
        return (timeouts + waited) * self.stretch + 1 + self.slack

    @property
    def alarm(self) -> float:
        """Seconds until an alarm has arrived."""
        return self.detection + 2 * ALARM_PERIOD

    @property
    def flap(self) -> float:
        """Seconds that an outage may last without being noticed: half of what it takes."""
        return self.site.health_check_interval * self.site.health_check_threshold / 2
