"""What the control plane says is deployed: health checks, zones and their record sets."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

UNANSWERED = (BotoCoreError, ClientError, ResponseParserError)
"""What a call to an AWS API raises when the control plane is down, in whatever way."""

ELSEWHERE_TTL = 300
"""Seconds that the CNAME of a hostname whose DNS is not on Route 53 lives: a common choice of other providers."""


@dataclass(frozen=True)
class Zone:
    """A hosted zone: its name with a final dot, in lower case, and its record sets as the API gives them."""

    name: str
    records: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Snapshot:
    """All health checks by id, as the API describes them, all zones, and the domains that DNS has lost."""

    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    zones: tuple[Zone, ...] = ()
    lost: tuple[str, ...] = ()

    def has_lost(self, name: str) -> bool:
        """Whether a name, with its final dot, is a domain that is lost, or below one."""
        return any(_covers(domain, name) for domain in self.lost)


def _covers(domain: str, name: str) -> bool:
    """Tell whether a domain has a name; one that begins with `*.` is not in itself."""
    return name.endswith(domain[1:]) if domain.startswith("*.") else f".{name}".endswith(f".{domain}")


class Reader:
    """Reads snapshots, and keeps the last one while the control plane is down.

    `outside` returns the CNAMEs of hostnames whose DNS is not on Route 53, `lost` the domains whose names DNS does not
    have; by default there are none.
    """

    def __init__(
        self,
        route53: Any,
        outside: Callable[[], Mapping[str, str]] = dict,
        lost: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._route53 = route53
        self._outside = outside
        self._lost = lost
        self.snapshot = Snapshot()

    def refresh(self) -> Snapshot:
        """Return what is deployed now, or what was when the control plane last answered."""
        with contextlib.suppress(OSError, *UNANSWERED):
            self.snapshot = Snapshot(self._checks(), (*self._zones(), *self._elsewhere()))
        # What is lost is no matter of the control plane, which may be down meanwhile.
        with contextlib.suppress(OSError):
            self.snapshot = replace(self.snapshot, lost=self._lost())
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

    def _elsewhere(self) -> Iterator[Zone]:
        for name, target in self._outside().items():
            record = {"Name": name, "Type": "CNAME", "TTL": ELSEWHERE_TTL, "ResourceRecords": [{"Value": target}]}
            yield Zone(name, (record,))
