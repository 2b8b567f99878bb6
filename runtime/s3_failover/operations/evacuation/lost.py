"""What was written at a replica while the primary was away, and the primary does not have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from s3_failover.config import Site
from s3_failover.operations.account import Account
from s3_failover.operations.listing import entries
from s3_failover.operations.parity import NOTED, Comparison, Drift, DriftKind, Tally
from s3_failover.operations.shown import amount

SHOWN = 20
"""How many objects a report keeps for people to see."""


@dataclass(frozen=True)
class Lost:
    """What the primary lacks of a replica."""

    count: int
    shown: tuple[str, ...]


def of(site: Site, account: Account, region: str, *, since: datetime | None = None) -> Lost:
    """Return what a replica has that is newer than what the primary has, or that the primary does not have at all.

    With `since`, only what was written there at or after this moment counts.
    """
    count, shown = 0, list[str]()
    for drift in _newer(site, account, region, since):
        count += 1
        if len(shown) < SHOWN:
            shown.append(f"{drift.key} ({_happened(drift)})")
    return Lost(count, tuple(shown))


def _newer(site: Site, account: Account, region: str, since: datetime | None) -> Iterator[Drift]:
    names = site.names(account.id)
    theirs = entries(account.client("s3", region), names.copy(region))
    ours = entries(account.client("s3", site.primary_region), names.primary)
    comparison = Comparison(versions=site.versioned, since=since, copied=site.copies)
    # The replica is the source here: what it has counts.
    for each in comparison.drifts(theirs, ours, Tally()):
        if isinstance(each, Drift) and is_newer(each):
            yield each


def is_newer(drift: Drift) -> bool:
    """Return whether the source of a comparison has something later than the other side."""
    if drift.source is None or drift.kind in NOTED or _is_only_archived(drift):
        return False
    return drift.replica is None or drift.source.modified > drift.replica.modified


def _is_only_archived(drift: Drift) -> bool:
    """Tell whether the primary has the very version, in an archive."""
    versions = {entry.version_id for entry in (drift.source, drift.replica) if entry}
    return drift.kind is DriftKind.ARCHIVED and len(versions) == 1


def _happened(drift: Drift) -> str:
    if drift.kind is DriftKind.DELETED:
        return "deleted there"
    new = drift.kind in (DriftKind.MISSING, DriftKind.UNDELETED)
    size = drift.source.size if drift.source else 0
    return f"{amount(size, 'byte')}, {'only there' if new else 'newer there'}"
