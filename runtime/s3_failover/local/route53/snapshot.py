"""What the control plane says is deployed: health checks, zones and their record sets."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

UNANSWERED = (BotoCoreError, ClientError, ResponseParserError)
"""What a call to an AWS API raises when the control plane is down, in whatever way."""


@dataclass(frozen=True)
class Zone:
    """A hosted zone: its name with a final dot, in lower case, and its record sets as the API gives them."""

    name: str
    records: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Snapshot:
    """All health checks by id, as the API describes them, and all zones."""

    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    zones: tuple[Zone, ...] = ()


class Reader:
    """Reads snapshots, and keeps the last one while the control plane is down.

    Args:
        route53: a Route 53 client.
    """

    def __init__(self, route53: Any) -> None:
        self._route53 = route53
        self.snapshot = Snapshot()

    def refresh(self) -> Snapshot:
        """Return what is deployed now, or what was when the control plane last answered."""
        with contextlib.suppress(*UNANSWERED):
            self.snapshot = Snapshot(self._checks(), tuple(self._zones()))
        return self.snapshot

    def _checks(self) -> dict[str, Mapping[str, Any]]:
        pages = self._route53.get_paginator("list_health_checks").paginate()
        return {check["Id"]: check["HealthCheckConfig"] for page in pages for check in page["HealthChecks"]}

    def _zones(self) -> list[Zone]:
        found = []
        for page in self._route53.get_paginator("list_hosted_zones").paginate():
            for zone in page["HostedZones"]:
                records = self._route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone["Id"])
                sets = tuple(record for each in records for record in each["ResourceRecordSets"])
                found.append(Zone(zone["Name"].lower(), sets))
        return found
