"""The deployed health checks: their states, and what their checkers report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakable_aws import aws, commands
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator
from breakable_aws.route53.admin import Admin
from breakable_aws.route53.snapshot import UNANSWERED


@dataclass(frozen=True)
class DeployedCheck:
    """A deployed health check."""

    id: str
    name: str
    """Its tag `Name`; empty if it has none."""
    kind: str
    """Its type."""
    target: str
    """What it watches, for people."""
    healthy: bool | None
    """Its state, or None before it was judged."""
    percent: float | None
    """How many of its checkers find the endpoint healthy; None where it has no checkers."""
    status: str
    """What most of its checkers saw last; empty where it has none."""


def read(emulator: Emulator) -> list[DeployedCheck]:
    """Return all deployed health checks, by name; raise BreakableError if Route 53's control plane does not answer."""
    route53, admin = aws.client(emulator, "route53", "us-east-1"), Admin(emulator.endpoint, emulator.secret)
    try:
        pages = list(route53.get_paginator("list_health_checks").paginate())
        checks = [_check(route53, admin, found) for page in pages for found in page["HealthChecks"]]
    except (OSError, *UNANSWERED) as error:
        reason = str(error).partition("\n")[0]
        remedy = f"if its control plane is broken on purpose, heal it with {commands.advised.heal}"
        raise BreakableError(
            f"Route 53 of the embedded AWS does not list its health checks ({reason}): {remedy}"
        ) from error
    return sorted(checks, key=lambda check: (check.name, check.id))


def target(config: Mapping[str, Any]) -> str:
    """Return what a check watches, for people."""
    if config["Type"] == "CALCULATED":
        children = config.get("ChildHealthChecks", [])
        return f"{config.get('HealthThreshold', len(children))} of {len(children)} checks"
    if config["Type"] == "CLOUDWATCH_METRIC":
        return f"alarm {config['AlarmIdentifier']['Name']} in {config['AlarmIdentifier']['Region']}"
    return f"{config.get('FullyQualifiedDomainName') or config.get('IPAddress')}{config.get('ResourcePath') or ''}"


def _check(route53: Any, admin: Admin, found: Mapping[str, Any]) -> DeployedCheck:
    identifier, config = found["Id"], found["HealthCheckConfig"]
    tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=identifier)["ResourceTagSet"]["Tags"]
    told = admin.status(identifier)
    seen = [observation["status"] for observation in told.get("observations", [])]
    return DeployedCheck(
        id=identifier,
        name={tag["Key"]: tag["Value"] for tag in tags}.get("Name", ""),
        kind=config["Type"],
        target=target(config),
        healthy=told.get("healthy"),
        percent=told.get("percent_healthy") if seen else None,
        status=Counter(seen).most_common(1)[0][0] if seen else "",
    )
