"""The configuration of a Route 53 health check: defaults, limits and what can never change.

AWS: `https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html`.
"""

from collections.abc import Mapping
from typing import Any

from breakable_aws.route53.checkers import REGIONS

ENDPOINT_TYPES = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
"""The types whose checkers connect to an endpoint."""

TYPES = (*ENDPOINT_TYPES, "CALCULATED", "CLOUDWATCH_METRIC")
"""Every type that is supported."""

IMMUTABLE = ("Type", "RequestInterval", "MeasureLatency")
"""What CloudFormation replaces the check for."""

_INTEGERS = ("Port", "RequestInterval", "FailureThreshold", "HealthThreshold")
_BOOLEANS = ("MeasureLatency", "EnableSNI", "Inverted", "Disabled")
_MOST_CHILDREN = 256
_LONGEST_SEARCH_STRING = 255


def normalised(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template's configuration with Route 53's defaults; raise ValueError if Route 53 would refuse it."""
    typed = {name: _typed(name, value) for name, value in given.items()}
    config = _defaults(typed) | typed
    problem = violation(config)
    if problem:
        raise ValueError(f"InvalidInput: {problem}")
    return config


def must_replace(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a change cannot be made in place."""
    return any(old.get(name) != new.get(name) for name in IMMUTABLE)


def violation(config: Mapping[str, Any]) -> str | None:
    """Return why Route 53 refuses a configuration, or None."""
    kind = config.get("Type")
    if kind not in TYPES:
        return f"Type must be one of {', '.join(TYPES)}, got {kind}"
    if kind == "CALCULATED":
        return _calculated(config)
    if kind == "CLOUDWATCH_METRIC":
        return None if config.get("AlarmIdentifier") else "a CLOUDWATCH_METRIC check needs AlarmIdentifier"
    return _endpoint(config) or _search_string(config) or _regions(config)


def _typed(name: str, value: Any) -> Any:
    if name in _INTEGERS:
        return int(value)
    if name in _BOOLEANS:
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return value


def _defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    common = {"Inverted": False, "Disabled": False}
    kind = config.get("Type", "")
    if kind not in ENDPOINT_TYPES:
        return common
    secure = kind.startswith("HTTPS")
    endpoint = {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False, "EnableSNI": secure}
    return common | endpoint | ({} if kind == "TCP" else {"Port": 443 if secure else 80})


def _calculated(config: Mapping[str, Any]) -> str | None:
    children = config.get("ChildHealthChecks") or []
    if len(children) > _MOST_CHILDREN:
        return f"a CALCULATED check has at most {_MOST_CHILDREN} children, got {len(children)}"
    if not 0 <= config.get("HealthThreshold", 0) <= _MOST_CHILDREN:
        return f"HealthThreshold must be 0 to {_MOST_CHILDREN}, got {config['HealthThreshold']}"
    return None


def _endpoint(config: Mapping[str, Any]) -> str | None:
    if not (config.get("FullyQualifiedDomainName") or config.get("IPAddress")):
        return f"a {config['Type']} check needs FullyQualifiedDomainName or IPAddress"
    if config["RequestInterval"] not in (10, 30):
        return f"RequestInterval must be 10 or 30, got {config['RequestInterval']}"
    if not 1 <= config["FailureThreshold"] <= 10:
        return f"FailureThreshold must be 1 to 10, got {config['FailureThreshold']}"
    return None


def _search_string(config: Mapping[str, Any]) -> str | None:
    matches, text = config["Type"].endswith("_STR_MATCH"), config.get("SearchString", "")
    if matches and not text:
        return f"a {config['Type']} check needs SearchString"
    if text and not matches:
        return f"SearchString is for the _STR_MATCH types, got type {config['Type']}"
    if len(text) > _LONGEST_SEARCH_STRING:
        return f"SearchString has at most {_LONGEST_SEARCH_STRING} characters, got {len(text)}"
    return None


def _regions(config: Mapping[str, Any]) -> str | None:
    regions = config.get("Regions")
    if regions is None:
        return None
    unknown = [region for region in regions if region not in REGIONS]
    if unknown or len(regions) < 3:
        return f"Regions must be at least three of {', '.join(REGIONS)}, got {', '.join(regions)}"
    return None
