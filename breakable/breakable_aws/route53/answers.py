"""Answers DNS questions from record sets and health.

Failover rules: Route 53 Developer Guide, health-checks-how-route-53-chooses-records and
resource-record-sets-values-failover.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from breakable_aws.route53 import lookup
from breakable_aws.route53.lookup import RecordSet, zone_of
from breakable_aws.route53.snapshot import Snapshot, Zone

CHAIN = 8
"""How many CNAMEs and aliases are followed at most."""

Healthy = Callable[[str], bool]
"""Tells whether a health check, by id, is healthy."""


@dataclass(frozen=True)
class Record:
    """A record of an answer, its name and value in presentation form with final dots."""

    name: str
    kind: str
    ttl: int
    value: str


@dataclass
class Reply:
    """An answer: a code, its records, and the zone's name servers, or its SOA if there is no record."""

    rcode: str = "NOERROR"
    """`NOERROR`, `NXDOMAIN` or `REFUSED`."""
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    authoritative: bool = True
    """Whether the zone says it itself; not so for what it delegates."""
    end: str = ""
    """The name that CNAMEs and aliases led to."""
    alias: str = ""
    """The name that an alias record led to, which no answer of DNS tells; empty if there was none."""


def answer(snapshot: Snapshot, name: str, kind: str, healthy: Healthy) -> Reply:
    """Return the answer to a question.

    The name is in lower case with a final dot; `healthy` tells of a health check by its id.
    """
    own = zone_of(snapshot, name)
    if own is None:
        return Reply("REFUSED", authoritative=False)
    reply = Reply(end=name)
    owner = name
    for _ in range(CHAIN):
        zone = zone_of(snapshot, reply.end)
        if zone is None:
            break
        if snapshot.has_lost(reply.end):
            return _nothing(reply, zone, lost=True)
        if _delegated(zone, reply):
            return reply
        found = _of_kind(lookup.record_sets(zone, reply.end), kind, healthy)
        if not found:
            return _nothing(reply, zone)
        first = found[0]
        reply.answer.extend(record for each in found for record in _expand(each, owner))
        if "AliasTarget" in first:
            # An alias answers under its own name with what its target has.
            reply.end = reply.alias = _dotted(first["AliasTarget"]["DNSName"]).lower()
        elif first["Type"] == "CNAME" != kind:
            reply.end = owner = _dotted(first["ResourceRecords"][0]["Value"]).lower()
        else:
            break
    reply.authority.extend(_apex(own, "NS"))
    return reply


def choose(sets: Sequence[RecordSet], healthy: Healthy) -> Sequence[RecordSet]:
    """Return the record sets that answer: with failover, the primary unless it alone is unhealthy."""
    primary = [record for record in sets if record.get("Failover") == "PRIMARY"]
    secondary = [record for record in sets if record.get("Failover") == "SECONDARY"]
    if not primary or not secondary:
        return sets

    def well(records: Sequence[RecordSet]) -> bool:
        # A record set without a check counts as healthy.
        return all(healthy(record["HealthCheckId"]) for record in records if record.get("HealthCheckId"))

    return secondary if not well(primary) and well(secondary) else primary


def _of_kind(sets: Sequence[RecordSet], kind: str, healthy: Healthy) -> Sequence[RecordSet]:
    """Return those of a type that answer, else the CNAME; for ANY those of one type, as RFC 8482, 4.1 allows."""
    if kind == "ANY" and sets:
        kind = sets[0]["Type"]
    own = [record for record in sets if record["Type"] == kind]
    return choose(own or [record for record in sets if record["Type"] == "CNAME"], healthy)


def _expand(record: RecordSet, owner: str) -> Iterator[Record]:
    for value in record.get("ResourceRecords", []):
        text = value["Value"]
        if record["Type"] in ("CNAME", "NS"):
            text = _dotted(text)
        yield Record(owner, record["Type"], int(record["TTL"]), text)


def _delegated(zone: Zone, reply: Reply) -> bool:
    """Refer to the name servers that a name is delegated to, if it is."""
    cut = lookup.delegation(zone, reply.end)
    if cut is None:
        return False
    servers = [record for record in lookup.record_sets(zone, cut) if record["Type"] == "NS"]
    reply.authority.extend(record for each in servers for record in _expand(each, cut))
    reply.authoritative = bool(reply.answer)
    return True


def _nothing(reply: Reply, zone: Zone, *, lost: bool = False) -> Reply:
    reply.authority.extend(_apex(zone, "SOA"))
    if lost or not lookup.exists(zone, reply.end):
        # Also behind CNAMEs: the code is that of the last name (RFC 6604, 3).
        reply.rcode = "NXDOMAIN"
    return reply


def _apex(zone: Zone, kind: str) -> Iterator[Record]:
    for record in lookup.record_sets(zone, zone.name):
        if record["Type"] == kind:
            yield from _expand(record, zone.name)


def _dotted(name: str) -> str:
    return name.rstrip(".") + "."
