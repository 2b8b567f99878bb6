"""Route 53's health checks: their API, and AWS::Route53::HealthCheck.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheck.html`.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base import scopes
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, replaced
from breakable_aws.emulator.cloudwatch import alarm_store
from breakable_aws.emulator.net.viewer_requests import Request

from .documents import answer, read
from .health_check_config import must_replace, normalised

TYPE = "AWS::Route53::HealthCheck"

_RESETTABLE = ("ChildHealthChecks", "FullyQualifiedDomainName", "Regions", "ResourcePath")
"""What UpdateHealthCheck can put back to nothing."""

_NO_CONFIG = ("HealthCheckVersion", "ResetElements")
"""What else UpdateHealthCheck is given."""


@dataclass
class HealthCheck:
    """A health check of an account."""

    account: str
    id: str
    reference: str
    config: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    version: int = 1

    @property
    def document(self) -> dict[str, Any]:
        """The check as the API describes it."""
        return {
            "Id": self.id,
            "CallerReference": self.reference,
            "HealthCheckConfig": self.config,
            "HealthCheckVersion": self.version,
        }


_checks: dict[str, HealthCheck] = {}


def install() -> None:
    """Add the resource type."""
    add(TYPE, create=create, update=update, delete=delete)


def every() -> list[HealthCheck]:
    """Return the health checks of the present account, by id."""
    return [check for _, check in sorted(_checks.items()) if check.account == scopes.account()]


def exists(identifier: str) -> bool:
    """Tell whether a health check is there."""
    return identifier in _checks and _checks[identifier].account == scopes.account()


def find(identifier: str) -> HealthCheck:
    """Return a health check; raise RefusedError if there is none of this id."""
    if not exists(identifier):
        raise RefusedError(f"NoSuchHealthCheck: No health check exists with the specified ID {identifier}.")
    return _checks[identifier]


def create_by_api(request: Request) -> Answer:
    """Answer CreateHealthCheck; a caller reference that was used before names the check that was made then."""
    asked = read(request.body)
    reference = asked.get("CallerReference")
    if not reference:
        raise RefusedError("InvalidInput: CallerReference is required.")
    found = next((check for check in every() if check.reference == reference), None)
    given = asked.get("HealthCheckConfig") or {}
    check = found or _made(reference, _taken(given, given))
    return answer("CreateHealthCheckResponse", {"HealthCheck": check.document}, 201)


def list_by_api(request: Request) -> Answer:
    """Answer ListHealthChecks."""
    asked = {name: values[0] for name, values in parse_qs(request.query).items()}
    marker, most = asked.get("marker", ""), min(int(asked.get("maxitems", 100)), 1000)
    checks = [check.document for check in every() if check.id > marker]
    page, is_truncated = checks[:most], len(checks) > most
    content = {"HealthChecks": page, "IsTruncated": is_truncated, "Marker": marker, "MaxItems": most}
    return answer("ListHealthChecksResponse", content | ({"NextMarker": page[-1]["Id"]} if is_truncated else {}))


def get_by_api(_request: Request, identifier: str) -> Answer:
    """Answer GetHealthCheck."""
    return answer("GetHealthCheckResponse", {"HealthCheck": find(identifier).document})


def update_by_api(request: Request, identifier: str) -> Answer:
    """Answer UpdateHealthCheck, or refuse it: what Route 53 would not take, or another version than there is."""
    check, asked = find(identifier), read(request.body)
    version = asked.get("HealthCheckVersion")
    if version and int(version) != check.version:
        raise RefusedError(
            f"HealthCheckVersionMismatch: The health check {identifier} has version {check.version}, not {version}."
        )
    reset = [name for name in _RESETTABLE if name in asked.get("ResetElements", [])]
    kept = {name: value for name, value in check.config.items() if name not in reset}
    given = {name: value for name, value in asked.items() if name not in _NO_CONFIG}
    check.config = _taken(kept | given, given)
    check.version += 1
    return answer("UpdateHealthCheckResponse", {"HealthCheck": check.document})


def delete_by_api(_request: Request, identifier: str) -> Answer:
    """Answer DeleteHealthCheck."""
    del _checks[find(identifier).id]
    return answer("DeleteHealthCheckResponse", {})


def tags_by_api(_request: Request, identifier: str) -> Answer:
    """Answer ListTagsForResource of a health check."""
    tags = [{"Key": key, "Value": value} for key, value in find(identifier).tags.items()]
    found = {"ResourceType": "healthcheck", "ResourceId": identifier, "Tags": tags}
    return answer("ListTagsForResourceResponse", {"ResourceTagSet": found})


def change_tags_by_api(request: Request, identifier: str) -> Answer:
    """Answer ChangeTagsForResource of a health check."""
    tags, asked = find(identifier).tags, read(request.body)
    tags |= _tags(asked.get("AddTags") or [])
    for key in asked.get("RemoveTagKeys") or []:
        tags.pop(key, None)
    return answer("ChangeTagsForResourceResponse", {})


def create(logical: str, properties: Properties, stack: str) -> Resource:
    """Create a health check of a template."""
    check = _made(f"{stack}-{logical}-{uuid.uuid4()}", _checked(properties["HealthCheckConfig"]))
    return _tagged(check, properties)


def update(identifier: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
    """Change a health check in place, or replace it where Route 53 cannot change it."""
    config = _checked(new["HealthCheckConfig"])
    if not exists(identifier):
        return create(logical, new, stack)
    check = find(identifier)
    if must_replace(check.config, config):
        return replaced(identifier, old, create(logical, new, stack), delete)
    check.config = config
    check.version += 1
    return _tagged(check, new)


def delete(identifier: str, _properties: Properties) -> None:
    """Delete a health check; records that name it stay, as on AWS."""
    _checks.pop(identifier, None)


def _made(reference: str, config: dict[str, Any]) -> HealthCheck:
    check = HealthCheck(scopes.account(), str(uuid.uuid4()), reference, config)
    _checks[check.id] = check
    return check


def _tagged(check: HealthCheck, properties: Properties) -> Resource:
    check.tags = _tags(properties.get("HealthCheckTags") or [])
    return check.id, {"HealthCheckId": check.id}


def _tags(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in listed}


def _taken(config: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration that the API takes, of which a part is given now; all that it refuses is invalid input."""
    try:
        taken = normalised(config)
        _check_others(given)
    except ValueError as error:
        raise RefusedError(f"InvalidInput: {str(error).partition(': ')[2]}") from error
    return taken


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    config = normalised(given)
    _check_others(config)
    return config


def _check_others(config: Mapping[str, Any]) -> None:
    """Refuse checks and alarms that a check cannot watch."""
    for child in config.get("ChildHealthChecks") or []:
        if not exists(child):
            raise RefusedError(f"NoSuchHealthCheck: no health check exists with the ID {child}")
        if find(child).config["Type"] == "CALCULATED":
            raise RefusedError(f"InvalidInput: a CALCULATED check cannot watch the CALCULATED check {child}")
    if "AlarmIdentifier" in config:
        _check_alarm(config["AlarmIdentifier"])


def _check_alarm(alarm: Mapping[str, str]) -> None:
    """Refuse an alarm that Route 53 cannot watch.

    AWS: `https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html`.
    """
    found = alarm_store.of(scopes.account(), alarm["Region"]).alarms.get(alarm["Name"])
    if found is None:
        raise RefusedError(f"InvalidInput: the alarm {alarm['Name']} does not exist in {alarm['Region']}")
    if "AlarmRule" in found or found.get("Metrics") or found.get("ExtendedStatistic"):
        raise RefusedError(f"InvalidInput: the alarm {alarm['Name']} must watch one metric with a standard statistic")
