"""Parity of two buckets from their listings, side by side in key order: memory does not grow with what they hold."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import cast

from s3_failover.operations.listing import ListedObject
from s3_failover.operations.shown import amount


class DriftKind(StrEnum):
    """How a key differs between source and replica."""

    MISSING = "missing"
    """The source has an object, the replica has nothing."""
    EXTRA = "extra"
    """The replica has an object, the source has nothing."""
    DELETED = "deleted"
    """The source has a delete marker, the replica an object."""
    UNDELETED = "undeleted"
    """The replica has a delete marker, the source an object."""
    SIZE = "size"
    """Both have an object, of different sizes."""
    CONTENT = "content"
    """Both have an object of one size; their ETags tell that it is not the same."""
    ARCHIVED = "archived"
    """Both have the object; the replica's is in a storage class from which it cannot be read, the source's is not."""
    SOURCE_ARCHIVED = "source-archived"
    """Both have the object, and the source's is in such a storage class: the replica lacks nothing of it."""
    VERSION = "version"
    """Both have an object that looks the same, under different version ids: it is no replica of this version."""
    METADATA = "metadata"
    """Both have the version; what is stored with it differs."""
    FAILED = "failed"
    """The source says that this version was not replicated."""


LACKS = frozenset({DriftKind.MISSING, DriftKind.UNDELETED, DriftKind.SIZE, DriftKind.CONTENT, DriftKind.ARCHIVED})
"""Differences that keep a viewer who is sent to the replica from getting what the source has."""

NOTED = frozenset({DriftKind.SOURCE_ARCHIVED})
"""What no replica is at fault for: it is counted and listed, and is no drift."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One key that is not the same.

    `detail` is what both sides have. It is recent if it was written so lately that replication may still be at work.
    """

    key: str
    kind: DriftKind
    detail: str
    recent: bool = False
    source: ListedObject | None = None
    replica: ListedObject | None = None


@dataclass
class Tally:
    """How many keys were seen, and how they compared."""

    compared: int = 0
    """Keys that are on either side, delete markers on both not counted."""
    same: int = 0
    """Of these, those that are the same."""
    bytes: int = 0
    """Of the source's objects."""
    recent: int = 0
    """Keys that differ and were written so lately that replication may still be at work."""
    archived: int = 0
    """Of those that are the same, how many cannot be read in the source because they are archived there."""
    looked_at: int = 0
    """Objects whose metadata, tags and checksums were compared."""
    unseen: int = 0
    """Objects of which this was tried in vain: changed meanwhile, or encrypted with a customer's key."""
    drift: dict[DriftKind, int] = field(default_factory=dict)
    """Keys that differ, by kind."""

    def add(self, drift: Drift) -> None:
        """Count a difference."""
        if drift.kind in NOTED:
            self.same += 1
            self.archived += 1
        elif drift.recent:
            self.recent += 1
        else:
            self.drift[drift.kind] = self.drift.get(drift.kind, 0) + 1

    def settle(self, drift: Drift) -> Drift:
        """Count a difference that was taken to be on its way, and is not; return it as such."""
        self.recent -= 1
        settled = replace(drift, recent=False)
        self.add(settled)
        return settled

    @property
    def total(self) -> int:
        """How many keys have drifted."""
        return sum(self.drift.values())


@dataclass(frozen=True)
class Comparison:
    """What counts as the same."""

    versions: bool = True
    """Whether replicas keep version ids, as S3 replication has it; a copier without versioning does not."""
    settled: datetime | None = None
    """What was written after this moment may still be on its way; None if nothing may."""
    since: datetime | None = None
    """Only keys written to the source at or after this moment are compared; None for all."""
    copied: Callable[[str], bool] = lambda _key: True
    """Whether a key is meant to be copied; by default every key is."""
    meant: frozenset[DriftKind] = frozenset()
    """Differences that the configuration asks for."""
    always: frozenset[DriftKind] = frozenset()
    """Differences that count however long ago the key was written."""

    def drifts(
        self, source: Iterable[list[ListedObject]], replica: Iterable[list[ListedObject]], tally: Tally
    ) -> Iterator[Drift | ListedObject]:
        """Return what differs, as a `Drift`, and what is the same, as the source's `Entry`, in the order of the keys.

        What is `NOTED` is returned as both.

        Pages are in the order of their keys; `tally` counts what is seen.
        """
        for ours, theirs in pairs(source, replica):
            if (ours is None or ours.deleted) and (theirs is None or theirs.deleted):
                continue
            either = cast(ListedObject, ours or theirs)
            if not self.copied(either.key):
                continue
            difference = self._difference(ours, theirs)
            if self._is_left_out(either, difference and difference[0]):
                continue
            tally.compared += 1
            tally.bytes += max(ours.size, 0) if ours else 0
            if difference is None:
                tally.same += 1
                yield either
            else:
                # What is archived does not come by itself, however young it is.
                recent = difference[0] not in NOTED | {DriftKind.ARCHIVED} and self._is_recent(ours, theirs)
                drift = Drift(either.key, *difference, recent=recent, source=ours, replica=theirs)
                tally.add(drift)
                yield drift
                if drift.kind in NOTED:
                    yield either

    def _is_left_out(self, entry: ListedObject, kind: DriftKind | None) -> bool:
        is_old = self.since is not None and entry.modified < self.since
        return kind in self.meant or (is_old and kind not in self.always)

    def _is_recent(self, *sides: ListedObject | None) -> bool:
        return self.settled is not None and any(side and side.modified > self.settled for side in sides)

    def _difference(self, ours: ListedObject | None, theirs: ListedObject | None) -> tuple[DriftKind, str] | None:
        """Return how two sides differ of which at least one has an object."""
        if ours is None or ours.deleted:
            return DriftKind.DELETED if ours else DriftKind.EXTRA, f"replica has {_said(cast(ListedObject, theirs))}"
        if theirs is None or theirs.deleted:
            return DriftKind.UNDELETED if theirs else DriftKind.MISSING, f"source has {_said(ours)}"
        difference = self._between(ours, theirs)
        if difference and difference[0] in LACKS:
            return difference
        if theirs.archive and not ours.archive:
            return DriftKind.ARCHIVED, f"replica is in {theirs.archive}"
        return difference or _noted(ours, theirs)

    def _between(self, ours: ListedObject, theirs: ListedObject) -> tuple[DriftKind, str] | None:
        if ours.size != theirs.size:
            return DriftKind.SIZE, f"{amount(ours.size, 'byte')}, replica {theirs.size:,}"
        if self.versions and ours.version_id == theirs.version_id != "null":
            # ETags may differ by encryption alone. `null` is what both were before versioning, and names no version.
            return None
        # The function that copies where there are no versions keeps ETags, those of uploads in parts too.
        telling = not self.versions or (is_digest(ours.etag) and is_digest(theirs.etag))
        if ours.etag != theirs.etag and telling:
            return DriftKind.CONTENT, f"ETag {ours.etag}, replica {theirs.etag}"
        if self.versions and ours.version_id != theirs.version_id:
            return DriftKind.VERSION, f"version {ours.version_id}, replica {theirs.version_id}"
        return None


def pairs(
    source: Iterable[list[ListedObject]], replica: Iterable[list[ListedObject]]
) -> Iterator[tuple[ListedObject | None, ListedObject | None]]:
    """Return the entries of both sides, key by key; None where a side has nothing."""
    left, right = chain.from_iterable(source), chain.from_iterable(replica)
    ours, theirs = next(left, None), next(right, None)
    while ours is not None and theirs is not None:
        if ours[0] < theirs[0]:
            yield ours, None
            ours = next(left, None)
        elif ours[0] > theirs[0]:
            yield None, theirs
            theirs = next(right, None)
        else:
            yield ours, theirs
            ours, theirs = next(left, None), next(right, None)
    while ours is not None:
        yield ours, None
        ours = next(left, None)
    while theirs is not None:
        yield None, theirs
        theirs = next(right, None)


def _noted(ours: ListedObject, theirs: ListedObject) -> tuple[DriftKind, str] | None:
    sides = {"source": ours, "replica": theirs}
    found = [f"{side} is in {entry.archive}" for side, entry in sides.items() if entry.archive]
    return (DriftKind.SOURCE_ARCHIVED, ", ".join(found)) if found else None


def _said(entry: ListedObject) -> str:
    return f"{amount(entry.size, 'byte')}, version {entry.version_id}{entry.archive and f', in {entry.archive}'}"


def is_digest(etag: str) -> bool:
    """Tell whether an ETag can be the MD5 of the content: 32 hexadecimal digits and no part count.

    Under a KMS key it looks the same and is not (S3 API, Object): there, equal version ids alone tell.
    """
    return len(etag.strip('"')) == 32
