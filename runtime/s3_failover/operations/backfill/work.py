"""What there is to do: differences that verify found, each key once, on disk."""

import csv
import re
import sqlite3
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.result import Engine
from s3_failover.operations.parity import NOTED, DriftKind, Tally
from s3_failover.operations.verify import COLUMNS, Progress, Scope, drifts

_SIZE = re.compile(r"[0-9]{0,15}")
"""Bytes, or nothing; S3 has objects of 50 TB at most (S3 User Guide, UploadingObjects)."""

_NEEDED = ("region", "key", "kind", "recent", "source_version")


class WorkItem(NamedTuple):
    """An object to bring to the replicas.

    The version is the primary's latest when it was compared; the size is None if the table of differences does not say.
    """

    key: str
    version_id: str
    size: int | None


class WorkItems:
    """Objects, each key once, in a temporary database on disk: there may be more than memory holds."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("")
        weakref.finalize(self, self._table.close)
        self._table.execute("CREATE TABLE item (key TEXT PRIMARY KEY, version_id TEXT, size INTEGER) WITHOUT ROWID")

    def add(self, item: WorkItem) -> None:
        """Add an object; of two with one key the first counts."""
        self._table.execute("INSERT OR IGNORE INTO item VALUES (?, ?, ?)", item)

    def __len__(self) -> int:
        return int(self._table.execute("SELECT count(*) FROM item").fetchone()[0])

    def __iter__(self) -> Iterator[WorkItem]:
        """Return them in the order of their keys."""
        yield from map(WorkItem._make, self._table.execute("SELECT key, version_id, size FROM item ORDER BY key"))

    @property
    def bytes(self) -> int:
        """How much they hold, as far as that is known."""
        return int(self._table.execute("SELECT total(size) FROM item").fetchone()[0])


@dataclass
class Found:
    """What a comparison found."""

    items: WorkItems = field(default_factory=WorkItems)
    """What the engine fixes."""
    fixed: Counter[DriftKind] = field(default_factory=Counter)
    """Differences that it fixes, by kind; one for each replica."""
    left: Counter[DriftKind] = field(default_factory=Counter)
    """Differences that it leaves alone, by kind."""
    recent: int = 0
    """Differences so young that replication may still be at work; left alone."""

    def take(self, kind: DriftKind, kinds: frozenset[DriftKind], item: WorkItem | None, *, recent: bool) -> None:
        """Count a difference, and keep its object if its kind is among those that the engine fixes."""
        if kind in NOTED:
            return
        if recent:
            self.recent += 1
        elif item is not None and kind in kinds:
            self.fixed[kind] += 1
            self.items.add(item)
        else:
            self.left[kind] += 1


def kinds(site: Site, engine: Engine) -> frozenset[DriftKind]:
    """Return the differences that an engine fixes at a site.

    Nothing is deleted at a replica, so what only the replica has stays. S3 Batch Replication brings versions that a
    replica lacks; it does not put them above what was written there. Two-way, the replica's may be the newer content,
    on its way to the primary: only what is missing there is brought.
    """
    if engine is Engine.BATCH or site.replication.two_way:
        return frozenset({DriftKind.MISSING, DriftKind.FAILED})
    left = {DriftKind.EXTRA, DriftKind.DELETED} | NOTED
    # The function compares by itself, and finds that an archived copy is the same.
    return frozenset(DriftKind) - (left | {DriftKind.ARCHIVED} if engine is Engine.QUEUE else left)


def compare(site: Site, account: Account, scope: Scope, engine: Engine, *, progress: Progress | None = None) -> Found:
    """Return what verify finds now."""
    found, wanted = Found(), kinds(site, engine)
    for region in scope.regions or site.replica_regions:
        for drift in drifts(site, account, scope, region, Tally(), progress=progress):
            ours = drift.source
            item = WorkItem(drift.key, ours.version_id, ours.size) if ours else None
            found.take(drift.kind, wanted, item, recent=drift.recent)
    return found


def read(site: Site, stream: TextIO, name: str, scope: Scope, engine: Engine) -> Found:
    """Return what a table of `verify --csv` has, as far as it is in the scope's regions and below its prefix.

    The stream is opened with `newline=""`; messages call it `name`.

    Raises:
        UserError: it is no such table, or another site's.
    """
    rows = csv.DictReader(stream, strict=True)
    found, wanted = Found(), kinds(site, engine)
    regions = scope.regions or site.replica_regions
    try:
        if missing := [column for column in _NEEDED if column not in (rows.fieldnames or ())]:
            raise UserError(
                f"{name} has no column {', '.join(missing)}, expected {','.join(COLUMNS)}: write it with verify --csv"
            )
        for row in rows:
            kind, item = _parsed(row, site, f"{name}, line {rows.line_num}")
            if row["region"] in regions and item.key.startswith(scope.prefix):
                found.take(kind, wanted, item if item.version_id else None, recent=row["recent"] == "yes")
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{name} is no CSV in UTF-8: {error}; write it with verify --csv") from error
    return found


def _parsed(row: dict[str, str], site: Site, where: str) -> tuple[DriftKind, WorkItem]:
    size = row.get("source_bytes") or ""
    is_whole = None not in row and None not in row.values() and row["key"]
    if not is_whole or not _SIZE.fullmatch(size) or row["recent"] not in {"yes", "no"}:
        raise UserError(f"{where} is not what verify writes, expected {','.join(COLUMNS)}")
    if row["region"] not in site.replica_regions:
        expected = " or ".join(site.replica_regions)
        raise UserError(f"{where} has the region {row['region']!r}, expected {expected} of sites.{site.name}")
    if row["kind"] not in set(DriftKind):
        raise UserError(f"{where} has the kind {row['kind']!r}, expected one of {', '.join(DriftKind)}")
    return DriftKind(row["kind"]), WorkItem(row["key"], row["source_version"], int(size) if size else None)
