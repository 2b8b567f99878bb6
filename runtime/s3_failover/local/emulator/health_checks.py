"""AWS::Route53::HealthCheck, which ministack does not have, and the booleans of the health check API."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch, route53

from .answers import Answer, RefusedError
from .health_check_config import must_replace, normalised
from .hooks import replace
from .resource_types import Properties, Resource, add, replaced

TYPE = "AWS::Route53::HealthCheck"


def install() -> None:
    """Add the resource type and make the API answer booleans that SDKs can read."""
    add(TYPE, create=create, update=update, delete=delete)
    build = route53._build_health_check_el

    def build_readable(parent: Any, check: dict[str, Any]) -> None:
        # Ministack writes str(True), "True", which SDKs read as false.
        config = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in check["config"].items()
        }
        build(parent, {**check, "config": config})

    replace(route53, "_build_health_check_el", build_readable)
    replace(route53, "_update_health_check", change)


_change = route53._update_health_check


def change(identifier: str, body: bytes) -> Answer:
    """Answer UpdateHealthCheck, which refuses a change of a version that is no longer the latest."""
    wanted = route53._text(route53._parse_body(body), "HealthCheckVersion")
    record = route53._health_checks.get(identifier)
    if wanted and record and int(wanted) != record["version"]:
        message = f"The health check {identifier} has version {record['version']}, the change is for {wanted}."
        refused: Answer = route53._error_response("HealthCheckVersionMismatch", message, 409)
        return refused
    answer: Answer = _change(identifier, body)
    return answer


def exists(identifier: str) -> bool:
    """Tell whether a health check is there."""
    return identifier in route53._health_checks


def create(logical: str, properties: Properties, stack: str) -> Resource:
    """Create a health check."""
    config = _checked(properties)
    identifier = route53._hc_id()
    record = {"id": identifier, "caller_reference": f"{stack}-{logical}-{identifier}", "config": config, "version": 1}
    with route53._lock:
        route53._health_checks[identifier] = record
    return _tagged(identifier, properties)


def update(identifier: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a health check in place, or replace it where Route 53 cannot change it."""
    config, record = _checked(new), route53._health_checks.get(identifier)
    if record is None:
        return create(logical, new, stack)
    if must_replace(record["config"], config):
        return replaced(identifier, old, create(logical, new, stack), delete)
    record["config"] = config
    record["version"] += 1
    return _tagged(identifier, new)


def delete(identifier: str, _properties: Properties) -> None:
    """Delete a health check; records that name it stay, as on AWS."""
    with route53._lock:
        route53._health_checks.pop(identifier, None)
        route53._tags.pop(("healthcheck", identifier), None)


def _tagged(identifier: str, properties: Properties) -> Resource:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("HealthCheckTags") or []}
    route53._tags[("healthcheck", identifier)] = tags
    return identifier, {"HealthCheckId": identifier}


def _checked(properties: Properties) -> dict[str, Any]:
    config = normalised(properties["HealthCheckConfig"])
    for child in config.get("ChildHealthChecks") or []:
        if not exists(child):
            raise RefusedError(f"NoSuchHealthCheck: no health check exists with the ID {child}")
        if route53._health_checks[child]["config"]["Type"] == "CALCULATED":
            raise RefusedError(f"InvalidInput: a CALCULATED check cannot watch the CALCULATED check {child}")
    if "AlarmIdentifier" in config:
        _check_alarm(config["AlarmIdentifier"])
    return config


def _check_alarm(alarm: dict[str, str]) -> None:
    """Refuse an alarm that Route 53 cannot watch.

    AWS: `https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html`.
    """
    found = cloudwatch._alarms.get_scoped(get_account_id(), alarm["Region"], alarm["Name"])
    if found is None:
        raise RefusedError(f"InvalidInput: the alarm {alarm['Name']} does not exist in {alarm['Region']}")
    if found.get("Metrics") or found.get("ExtendedStatistic"):
        raise RefusedError(f"InvalidInput: the alarm {alarm['Name']} must watch one metric with a standard statistic")
