"""The state of every health check, from its checkers, its children or its alarm.

Rules: Route 53 Developer Guide, health-checks-creating-values and dns-failover-determining-health-of-endpoints.
"""

from collections.abc import Callable, Mapping
from typing import Any

from breakable_aws.route53.checkers import ENOUGH

Config = Mapping[str, Any]


class Health:
    """Judges checks.

    Args:
        checks: all checks by id.
        share: returns the share of an endpoint check's checkers that find it healthy.
        alarm: returns the state of an alarm by region and name, or None if there is none.
        last: what each check was before, for alarms without data.
    """

    def __init__(
        self,
        checks: Mapping[str, Config],
        share: Callable[[str], float],
        alarm: Callable[[str, str], str | None],
        last: Mapping[str, bool],
    ) -> None:
        self._checks = checks
        self._share = share
        self._alarm = alarm
        self._last = last

    def healthy(self, identifier: str) -> bool:
        """Whether a check is healthy: a disabled one always is, an inverted one is the other way round."""
        config = self._checks.get(identifier)
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
        return self._share(identifier) > ENOUGH

    def _child(self, identifier: str) -> bool:
        if self._checks.get(identifier, {}).get("Type") == "CALCULATED":
            # Route 53 refuses such children; were one taken nevertheless, it might lie on a circle.
            return self._last.get(identifier, True)
        return self.healthy(identifier)

    def _by_alarm(self, identifier: str, config: Config) -> bool:
        alarm = config.get("AlarmIdentifier", {})
        state = self._alarm(alarm.get("Region", ""), alarm.get("Name", ""))
        if state in ("OK", "ALARM"):
            return state == "OK"
        without_data = config.get("InsufficientDataHealthStatus", "LastKnownStatus")
        return {"Healthy": True, "Unhealthy": False}.get(without_data, self._last.get(identifier, True))


def disabled(config: Config) -> bool:
    """Whether a check is switched off: it is not carried out and counts as healthy."""
    return _true(config.get("Disabled"))


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
