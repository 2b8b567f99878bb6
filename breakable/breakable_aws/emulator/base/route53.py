"""Ministack's hosted zones and their records, of the present account."""

from collections.abc import Iterable
from typing import Any

from ministack.services import route53

Record = dict[str, Any]
"""A record set as a template says it, its values as texts, its name with a dot at the end."""


def zones() -> dict[str, str]:
    """Return the names of all zones, each with a dot at the end, by id."""
    return {identifier: zone["name"] for identifier, zone in route53._zones.items()}


def add_zone(identifier: str, name: str) -> None:
    """Add a public zone without records, with accelerated recovery."""
    zone = {"id": identifier, "name": name, "caller_reference": identifier, "comment": "", "private": False}
    route53._records[identifier] = []
    route53._zones[identifier] = zone
    accelerate(identifier, enabled=True)


def accelerate(zone: str, *, enabled: bool) -> None:
    """Enable or disable accelerated recovery of a zone."""
    route53._zones[zone]["accelerated_recovery"] = enabled


def is_accelerated(zone: str) -> bool:
    """Tell whether a zone has accelerated recovery."""
    return bool(route53._zones[zone].get("accelerated_recovery"))


def records_of(zone: str) -> list[Record]:
    """Return a copy of the list of a zone's records; it is empty for a zone that is not there."""
    return list(route53._records.get(zone, []))


def put_records(zone: str, records: Iterable[Record]) -> None:
    """Replace all records of a zone."""
    route53._records[zone] = list(records)
