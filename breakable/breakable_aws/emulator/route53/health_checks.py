"""AWS::Route53::HealthCheck, which ministack does not have, and what the health check API keeps and refuses."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch, route53

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, replaced

from .health_check_config import must_replace, normalised, with_defaults

TYPE = "AWS::Route53::HealthCheck"

_RESETTABLE = ("ChildHealthChecks", "FullyQualifiedDomainName", "Regions", "ResourcePath")
"""What UpdateHealthCheck can put back to nothing."""

_create_health_check = route53._create_health_check
_update_health_check = route53._update_health_check
_parse_health_check_config = route53._parse_health_check_config


def install() -> None:
    """Add the resource type; make the API keep all that it is given, refuse what it must, and answer readably."""
    add(TYPE, create=create, update=update, delete=delete)
    build = route53._build_health_check_el

    def build_readable(parent: Any, check: dict[str, Any]) -> None:
        # Ministack writes str(True), "True", which SDKs read as false.
        config = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in check["config"].items()
        }
        build(parent, {**check, "config": config})

    replace(route53, "_build_health_check_el", build_readable)
    replace(route53, "_parse_health_check_config", parse)
    replace(route53, "_create_health_check", create_by_api)
    replace(route53, "_update_health_check", update_by_api)


def parse(element: Any) -> dict[str, Any]:
    """Return the configuration in a request, with its lists, of which ministack reads the length only.

    One that has a type is whole, and gets Route 53's defaults.
    """
    config: dict[str, Any] = _parse_health_check_config(element)
    for name, item in (("ChildHealthChecks", "ChildHealthCheck"), ("Regions", "Region")):
        if (listed := route53._find(element, name)) is not None:
            config[name] = [each.text or "" for each in route53._findall(listed, item)]
    return with_defaults(config) if "Type" in config else config


def create_by_api(body: bytes) -> Answer:
    """Answer CreateHealthCheck, or refuse what Route 53 would not take.

    AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html`.
    """
    root = route53._parse_body(body)
    element = route53._find(root, "HealthCheckConfig") if root is not None else None
    config = parse(element) if element is not None else None
    answer: Answer = (config and _refusal(config, config)) or _create_health_check(body)
    return answer


def update_by_api(identifier: str, body: bytes) -> Answer:
    """Answer UpdateHealthCheck, or refuse it: what Route 53 would not take, or another version than there is.

    AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html`.
    """
    root, found = route53._parse_body(body), route53._health_checks.get(identifier)
    if root is not None and found is not None:
        asked = route53._text(root, "HealthCheckVersion")
        if asked and int(asked) != found["version"]:
            message = f"The health check {identifier} has version {found['version']}, not {asked}."
            refusal: Answer = route53._error_response("HealthCheckVersionMismatch", message, 409)
            return refusal
        kept = {name: value for name, value in found["config"].items() if name not in _reset(root)}
        given = parse(root)
        if (refused := _refusal({**kept, **given}, given)) is not None:
            return refused
        found["config"] = kept
    answer: Answer = _update_health_check(identifier, body)
    return answer


def _reset(root: Any) -> list[str]:
    listed = route53._find(root, "ResetElements")
    named = [] if listed is None else [each.text for each in route53._findall(listed, "ResettableElementName")]
    return [name for name in _RESETTABLE if name in named]


def _refusal(config: dict[str, Any], given: dict[str, Any]) -> Answer | None:
    """Return how Route 53 refuses a configuration, of which a part is given now."""
    try:
        normalised(config)
        _check_others(given)
    except (RefusedError, ValueError) as error:
        refused: Answer = route53._error_response("InvalidInput", str(error).partition(": ")[2])
        return refused
    return None


def exists(identifier: str) -> bool:
    """Tell whether a health check is there."""
    return identifier in route53._health_checks


def create(logical: str, properties: Properties, stack: str) -> Resource:
    """Create a health check."""
    config = _checked(properties["HealthCheckConfig"])
    identifier = route53._hc_id()
    record = {"id": identifier, "caller_reference": f"{stack}-{logical}-{identifier}", "config": config, "version": 1}
    with route53._lock:
        route53._health_checks[identifier] = record
    return _tagged(identifier, properties)


def update(identifier: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a health check in place, or replace it where Route 53 cannot change it."""
    config, record = _checked(new["HealthCheckConfig"]), route53._health_checks.get(identifier)
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


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    config = normalised(given)
    _check_others(config)
    return config


def _check_others(config: dict[str, Any]) -> None:
    """Refuse checks and alarms that a check cannot watch."""
    for child in config.get("ChildHealthChecks") or []:
        if not exists(child):
            raise RefusedError(f"NoSuchHealthCheck: no health check exists with the ID {child}")
        if route53._health_checks[child]["config"]["Type"] == "CALCULATED":
            raise RefusedError(f"InvalidInput: a CALCULATED check cannot watch the CALCULATED check {child}")
    if "AlarmIdentifier" in config:
        _check_alarm(config["AlarmIdentifier"])


def _check_alarm(alarm: dict[str, str]) -> None:
    """Refuse an alarm that Route 53 cannot watch.

    AWS: `https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html`.
    """
    found = cloudwatch._alarms.get_scoped(get_account_id(), alarm["Region"], alarm["Name"])
    if found is None:
        raise RefusedError(f"InvalidInput: the alarm {alarm['Name']} does not exist in {alarm['Region']}")
    if found.get("Metrics") or found.get("ExtendedStatistic"):
        raise RefusedError(f"InvalidInput: the alarm {alarm['Name']} must watch one metric with a standard statistic")
