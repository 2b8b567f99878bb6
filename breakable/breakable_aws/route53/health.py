"""The state of every health check, from its checkers, its children or its alarm.

Rules: Route 53 Developer Guide, health-checks-creating-values and dns-failover-determining-health-of-endpoints.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from breakable_aws.route53.checkers import ENOUGH

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Health:
    """Judges checks."""

    checks: Mapping[str, Config]
    """All checks by id."""
    share: Callable[[str], float]
    """Returns the share of an endpoint check's checkers that find it healthy."""
    alarm: Callable[[str, str], str | None]
    """Returns the state of an alarm by region and name, or None if there is none."""
    last: Mapping[str, bool]
    """What each check was before, for alarms without data."""

    def healthy(self, identifier: str) -> bool:
        """Whether a check is healthy: a disabled one always is, an inverted one is the other way round."""
        config = self.checks.get(identifier)
        if config is None:
            return True
        # Disabled and inverted, it is always unhealthy (Route 53 API, UpdateHealthCheck).
        state = disabled(config) or self._plain(identifier, config)
        return not state if _true(config.get("Inverted")) else state

    def _plain(self, identifier: str, config: Config) -> bool:
        kind = config["Type"]
        if kind == "CALCULATED":
            children = config.get("ChildHealthChecks", [])
            return sum(map(self._child, children)) >= int(config.get("HealthThreshold", len(children)))
        if kind == "CLOUDWATCH_METRIC":
            return self._by_alarm(identifier, config)
        return self.share(identifier) > ENOUGH

    def _child(self, identifier: str) -> bool:
        if self.checks.get(identifier, {}).get("Type") == "CALCULATED":
            # Route 53 refuses such children; were one taken nevertheless, it might lie on a circle.
            return self.last.get(identifier, True)
        return self.healthy(identifier)

    def _by_alarm(self, identifier: str, config: Config) -> bool:
        alarm = config.get("AlarmIdentifier", {})
        state = self.alarm(alarm.get("Region", ""), alarm.get("Name", ""))
        if state in ("OK", "ALARM"):
            return state == "OK"
        without_data = config.get("InsufficientDataHealthStatus", "LastKnownStatus")
        return {"Healthy": True, "Unhealthy": False}.get(without_data, self.last.get(identifier, True))


def disabled(config: Config) -> bool:
    """Whether a check is switched off: it is not carried out and counts as healthy."""
    return _true(config.get("Disabled"))


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
