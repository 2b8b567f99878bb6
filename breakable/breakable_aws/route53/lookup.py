"""Finds in hosted zones what a name has: itself, by a wildcard, or below a delegation.

Wildcards and empty names: RFC 4592. Delegations: RFC 1034, 4.3.2.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from breakable_aws.route53 import aws_names
from breakable_aws.route53.snapshot import Snapshot, Zone

RecordSet = Mapping[str, Any]
"""A record set as the API gives it."""


def zone_of(snapshot: Snapshot, name: str) -> Zone | None:
    """Return the zone that answers for a name, or None: the outermost, or the innermost that is delegated to.

    The world outside delegates to every zone that lies in no other one; of several such zones with one name, to the one
    that has the name. Inside, a zone is found only if the NS records above it name its own name servers, as for every
    resolver.
    """
    zones = (*snapshot.zones, *aws_names.ZONES)
    candidates = [zone for zone in zones if name == zone.name or name.endswith(f".{zone.name}")]
    found: Zone | None = None
    for zone in sorted(candidates, key=lambda zone: (len(zone.name), not record_sets(zone, name))):
        if found is None or _delegates(found, zone):
            found = zone
    return found


def _delegates(above: Zone, zone: Zone) -> bool:
    servers = _name_servers(above, zone.name)
    return zone.name != above.name and bool(servers) and servers == _name_servers(zone, zone.name)


def _name_servers(zone: Zone, name: str) -> set[str]:
    values = (
        value["Value"] for record in _at(zone, name) if record["Type"] == "NS" for value in record["ResourceRecords"]
    )
    return {str(value).rstrip(".").lower() for value in values}


def record_sets(zone: Zone, name: str) -> Sequence[RecordSet]:
    """Return the record sets of all types that a name has, its own or a wildcard's; none if it does not exist.

    A name that others lie below exists without record sets; tell it with `exists`.
    """
    own = _at(zone, name)
    return own if own or _in_tree(zone, name) else _at(zone, _wildcard(zone, name))


def exists(zone: Zone, name: str) -> bool:
    """Whether a name exists, also through a wildcard or because other names lie below it."""
    return _in_tree(zone, name) or bool(_at(zone, _wildcard(zone, name)))


def delegation(zone: Zone, name: str) -> str | None:
    """Return the name at which a zone hands a name to other name servers, or None if the name is its own."""
    cuts = [parent for parent in (name, *_parents(name)) if parent.endswith(f".{zone.name}")]
    return next((cut for cut in reversed(cuts) if any(r["Type"] == "NS" for r in _at(zone, cut))), None)


def _at(zone: Zone, name: str) -> Sequence[RecordSet]:
    return [record for record in zone.records if _name(record) == name]


def _in_tree(zone: Zone, name: str) -> bool:
    return any(_name(record) == name or _name(record).endswith(f".{name}") for record in zone.records)


def _wildcard(zone: Zone, name: str) -> str:
    """Return the only wildcard that can stand for a name: the one at its closest parent that exists."""
    closest = next((parent for parent in _parents(name) if parent == zone.name or _in_tree(zone, parent)), zone.name)
    return f"*.{closest}"


def _parents(name: str) -> Iterator[str]:
    while "." in name.rstrip("."):
        name = name.partition(".")[2]
        yield name


def _name(record: RecordSet) -> str:
    return str(record["Name"]).lower().replace("\\052", "*")
