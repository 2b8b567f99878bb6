"""What a drill knows of a fleet: its hosts, and the times that follow from the clients' and the alarms' settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from s3_failover.client import Probe
from s3_failover.config import Site
from s3_failover.local.drill.fleet.deployed import DeployedAlarm

SPARE = 2
"""How many hosts a fleet has more than a warning needs: some must go on reading from everywhere."""

PACE = 2.0
"""Embedded seconds between two requests of a host, when the machine allows it."""
_SHORTEST_PACE = 0.25
"""Real seconds between two requests of a host at least, so that a fast clock does not become a load test."""

_LATEST_PROBE = 1.2 * Probe().interval
"""A failing region is probed this many seconds after the last attempt, at the latest."""
_LOOKS = 1.25
"""A prober looks up who is due four times an interval."""
_EVALUATION = 15.0
"""Seconds for the evaluation of alarms, which is every ten seconds, and for the message's way."""


@dataclass(frozen=True)
class DrilledFleet:
    """A site's fleet under drill.

    `slack` is the seconds to allow for the machine: none when time runs at its own speed.
    """

    site: Site
    alarms: Mapping[str, DeployedAlarm]
    slack: float = 0.0
    speed: float = 1.0

    @property
    def name(self) -> str:
        """The site's name."""
        return self.site.name

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that the hosts read from, the primary first."""
        return (self.site.primary_region, *self.site.replica_regions)

    def buckets(self, account: str) -> dict[str, str]:
        """Return the bucket of each region."""
        names = self.site.names(account)
        return {region: names.replica(region) for region in self.site.replica_regions} | {
            self.site.primary_region: names.primary
        }

    @property
    def threshold(self) -> int:
        """How many hosts must fail for the primary region to warn, as deployed."""
        return int(self.warning(self.site.primary_region).threshold)

    def warning(self, region: str) -> DeployedAlarm:
        """Return the alarm on hosts that fail for a region."""
        return next(a for a in self.alarms.values() if a.metric == "RegionFailing" and a.region == region)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts' names."""
        return tuple(f"{self.name}-host-{number}" for number in range(1, self.threshold + SPARE + 1))

    @property
    def pace(self) -> float:
        """Seconds between two requests of a host."""
        return max(PACE, _SHORTEST_PACE * self.speed)

    @property
    def notice(self) -> float:
        """Seconds until a host knows that a region fails: a request begins at each region in its turn."""
        return len(self.regions) * self.pace + self.slack

    @property
    def recovery(self) -> float:
        """Seconds until a host knows that a region is back: its client probes it, whether or not a request does."""
        return _LATEST_PROBE * _LOOKS + self.slack

    def arrival(self, alarm: str) -> float:
        """Return the seconds from the outage's begin until a message must say that an alarm is on."""
        return self.notice + self.alarms[alarm].goes_on_within + _EVALUATION

    def over(self, alarm: str) -> float:
        """Return the seconds from healing until a message must say that an alarm is off."""
        return self.recovery + self.alarms[alarm].goes_off_within + _EVALUATION

    def aged_out(self, alarm: str) -> float:
        """Return the seconds after a host was killed until an alarm that needed it must be off."""
        return self.alarms[alarm].goes_off_within + _EVALUATION + self.slack
