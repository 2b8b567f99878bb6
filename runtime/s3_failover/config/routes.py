"""Which copy is replicated to which, and the id of the rule that does it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """One replication rule."""

    source: str
    destination: str
    rule_id: str
    """The rule's id, which is the `RuleId` dimension of the replication metrics."""
    prefix: str = ""
    """What the keys that it covers start with; nothing for all keys."""


def replication_routes(
    primary: str, replicas: Sequence[str], *, prefixes: Sequence[str] = (), two_way: bool = False
) -> tuple[Route, ...]:
    """Return the rules of a site.

    S3 does not hand on what it has replicated (S3 User Guide, replication-what-is-isnot-replicated), so a replica that
    takes writes has a rule to every other copy.

    Without prefixes all keys are copied; `two_way` is whether there are rules from the replicas, too.
    """
    regions = (primary, *replicas)
    pairs = [(source, to) for source in (regions if two_way else regions[:1]) for to in regions if to != source]
    return tuple(route for source, to in pairs for route in _routes(primary, source, to, prefixes))


def _routes(primary: str, source: str, destination: str, prefixes: Sequence[str]) -> Iterator[Route]:
    # The primary's rules are named by their destination alone: alarms in one region may not share a name.
    way = f"to-{destination}" if source == primary else f"{source}-to-{destination}"
    if not prefixes:
        yield Route(source, destination, way)
    for prefix in prefixes:
        yield Route(source, destination, f"{way}-{prefix}", prefix)
