"""Answers DNS questions from record sets and health.

Failover rules: Route 53 Developer Guide, health-checks-how-route-53-chooses-records and
resource-record-sets-values-failover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from s3_failover.local.route53.snapshot import Snapshot, Zone

CHAIN = 8
"""How many CNAMEs are followed at most."""

OUTSIDE_TTL = 60
_ALIAS_TTL = 60
_LOOPBACK = "127.0.0.1"

Healthy = Callable[[str], bool]


@dataclass(frozen=True)
class Record:
    """A record of an answer, its name and value in presentation form with final dots."""

    name: str
    kind: str
    ttl: int
    value: str


@dataclass
class Reply:
    """An answer: a code, its records, and the zone's SOA where there is nothing to say.

    Attributes:
        rcode: `NOERROR`, `NXDOMAIN` or `REFUSED`.
    """

    rcode: str = "NOERROR"
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)


def answer(snapshot: Snapshot, name: str, kind: str, healthy: Healthy) -> Reply:
    """Return the answer to a question.

    Args:
        snapshot: the zones.
        name: the name asked for, in lower case with a final dot.
        kind: the record type asked for.
        healthy: whether a health check, by id, is healthy.
    """
    zone = zone_of(snapshot, name)
    if zone is None:
        return Reply("REFUSED")
    reply = Reply()
    for _ in range(CHAIN):
        if zone is None:
            reply.answer.extend(_outside(name, kind))
            return reply
        found = _records(zone, name, kind, healthy)
        aliases = [] if found or kind == "CNAME" else _records(zone, name, "CNAME", healthy)
        reply.answer.extend(found or aliases)
        if not aliases:
            return reply if found else _nothing(reply, zone, name)
        name = aliases[0].value.lower()
        zone = zone_of(snapshot, name)
    return reply


def zone_of(snapshot: Snapshot, name: str) -> Zone | None:
    """Return the zone with the longest name that a name lies in, or None."""
    candidates = [zone for zone in snapshot.zones if name == zone.name or name.endswith(f".{zone.name}")]
    return max(candidates, key=lambda zone: len(zone.name), default=None)


def choose(sets: Sequence[Any], healthy: Healthy) -> Sequence[Any]:
    """Return the record sets that answer: with failover, the primary unless it alone is unhealthy."""
    primary = [record for record in sets if record.get("Failover") == "PRIMARY"]
    secondary = [record for record in sets if record.get("Failover") == "SECONDARY"]
    if not primary or not secondary:
        return sets

    def well(records: Sequence[Any]) -> bool:
        # A record set without a check counts as healthy.
        return all(healthy(record["HealthCheckId"]) for record in records if record.get("HealthCheckId"))

    return secondary if not well(primary) and well(secondary) else primary


def _records(zone: Zone, name: str, kind: str, healthy: Healthy) -> list[Record]:
    sets = [r for r in zone.records if r["Type"] == kind and _name(r) == name]
    if not sets and not _exists(zone, name):
        wildcard = "*." + name.partition(".")[2]
        sets = [r for r in zone.records if r["Type"] == kind and _name(r) == wildcard]
    return [record for chosen in choose(sets, healthy) for record in _expand(chosen, name)]


def _expand(record: Any, name: str) -> Iterator[Record]:
    if "AliasTarget" in record:
        if record["Type"] == "A":
            yield Record(name, "A", _ALIAS_TTL, _LOOPBACK)
        return
    for value in record.get("ResourceRecords", []):
        text = value["Value"]
        if record["Type"] in ("CNAME", "NS"):
            text = text.rstrip(".") + "."
        yield Record(name, record["Type"], int(record["TTL"]), text)


def _outside(name: str, kind: str) -> Iterator[Record]:
    """Return an address for a name of AWS's own, so that ordinary tools are content: everything is on loopback."""
    if kind == "A" and name.endswith((".cloudfront.net.", ".amazonaws.com.")):
        yield Record(name, "A", OUTSIDE_TTL, _LOOPBACK)


def _nothing(reply: Reply, zone: Zone, name: str) -> Reply:
    reply.authority.extend(_records(zone, zone.name, "SOA", lambda _check: True))
    if not reply.answer and not _exists(zone, name):
        reply.rcode = "NXDOMAIN"
    return reply


def _exists(zone: Zone, name: str) -> bool:
    """Whether the name or anything below it is in the zone."""
    return any(_name(record) == name or _name(record).endswith(f".{name}") for record in zone.records)


def _name(record: Any) -> str:
    return str(record["Name"]).lower().replace("\\052", "*")
