"""Compares all replicas of a site with its primary."""

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TextIO, TypeVar

from pydantic import Field

from s3_failover.config import Site
from s3_failover.operations import emptiness, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.arrivals import Arrivals
from s3_failover.operations.attributes import Attributes, Copy
from s3_failover.operations.inventory.report import InventoryReport
from s3_failover.operations.listing import ListedObject, entries
from s3_failover.operations.parity import LACKS, NOTED, Comparison, Drift, DriftKind, Tally
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.spread import spread
from s3_failover.results import Moment, Result

T = TypeVar("T")

SHOWN = 20
"""How many differences a report keeps for people to see; a CSV file takes all of them."""

_BATCH = 1000
COLUMNS = ("region", "key", "kind", "recent", "detail", "source_version", "replica_version", "source_bytes")
"""The columns of the table of differences, which `backfill` reads."""


class Rows(Protocol):
    """Takes the rows of a table, as a writer of the module csv does."""

    def writerow(self, row: Sequence[str], /) -> Any:
        """Take one."""


Progress = Callable[[str, Tally], None]
"""Is told, now and then, the region that is being compared and what was seen so far."""


@dataclass(frozen=True)
class Scope:
    """What is compared, and how closely."""

    regions: tuple[str, ...] = ()
    """The replica regions; empty for all."""
    prefix: str = ""
    """Only keys that begin so."""
    since: datetime | None = None
    """Only what was written at or after this moment; None for all."""
    settle: timedelta = timedelta(minutes=15)
    """What was written less than this long ago may still be on its way and counts as recent."""
    always: frozenset[DriftKind] = LACKS
    """Differences that count however long ago the key was written."""
    asked: int | None = 100
    """For how many of these, chosen at random, to ask S3 whether they are on their way; None for all."""
    sample: int | None = 100
    """For how many objects, chosen at random, to compare metadata, tags and checksums too; None for all."""
    reports: Mapping[str, InventoryReport] = field(default_factory=dict)
    """Inventory reports to read in place of listings, by region."""

    def pages(self, copy: Copy, region: str) -> Iterator[list[ListedObject]]:
        """Return what a region's bucket holds, from its inventory report if there is one, else from its listing."""
        if region in self.reports:
            return self.reports[region].entries(prefix=self.prefix)
        return entries(copy.client, copy.bucket, prefix=self.prefix)

    def settled(self, site: Site, replica: str) -> datetime:
        """Return the moment before which everything should have arrived, and is in the reports if those are used."""
        reports = (self.reports.get(region) for region in (site.primary_region, replica))
        return min([datetime.now(UTC), *(report.created for report in reports if report)]) - self.settle


class Example(Result):
    """One difference."""

    key: str
    kind: DriftKind
    recent: bool
    """Written within --settle: it may still be on its way."""
    detail: str
    """What both sides have."""


class Parity(Result):
    """How one replica compares."""

    region: str
    bucket: str
    held: bool = Field(serialization_alias="parity")
    """Nothing has drifted."""
    compared: int
    """Keys that are on either side, delete markers on both not counted."""
    same: int
    """Of these, those that are the same."""
    bytes: int
    """Of the primary's objects."""
    recent: int
    """How many differ and are younger than --settle."""
    archived: int = Field(serialization_alias="archived_in_primary")
    """How many are the same and cannot be read in the primary, because they are in an archive class or tier there."""
    looked_at: int
    """How many had metadata, tags and checksums compared."""
    unseen: int = Field(serialization_alias="not_looked_at")
    """Of how many this was tried in vain: changed meanwhile, or encrypted with a customer's key."""
    drift: dict[DriftKind, int]
    """How many have drifted, by kind."""
    shown: tuple[Example, ...] = Field(serialization_alias="examples")
    """The first differences; --csv has all."""

    @property
    def total(self) -> int:
        """How many keys have drifted."""
        return sum(self.drift.values())


class Comparisons(Result):
    """What `verify` found."""

    site: str
    held: bool = Field(serialization_alias="parity")
    """No replica has drifted."""
    reports: dict[str, Moment]
    """With --inventory, by region, when its report was made."""
    replicas: tuple[Parity, ...]


def verify(
    site: Site, account: Account, scope: Scope, *, table: TextIO | None = None, progress: Progress | None = None
) -> Comparisons:
    """Compare the primary with each replica.

    `table` takes every difference as a line of CSV; `progress` gets the state of the comparison now and then.
    """
    rows = csv.writer(table) if table else None
    if rows:
        rows.writerow(COLUMNS)
    regions = scope.regions or site.replica_regions
    found = tuple(_parity(site, account, scope, region, rows=rows, progress=progress) for region in regions)
    return Comparisons(
        site=site.name,
        held=all(parity.held for parity in found),
        reports={region: report.created for region, report in scope.reports.items()},
        replicas=found,
    )


def _parity(
    site: Site, account: Account, scope: Scope, region: str, *, rows: Rows | None, progress: Progress | None
) -> Parity:
    tally, shown = Tally(), list[Example]()
    for drift in drifts(site, account, scope, region, tally, progress=progress):
        if drift.kind not in NOTED and len(shown) < SHOWN:
            shown.append(Example(key=drift.key, kind=drift.kind, recent=drift.recent, detail=drift.detail))
        if rows:
            rows.writerow(_row(region, drift))
    return Parity(
        region=region,
        bucket=site.names(account.id).replica(region),
        held=not tally.total,
        **vars(tally) | {"drift": dict(sorted(tally.drift.items()))},
        shown=tuple(shown),
    )


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `verify` read a site."""
    buckets = permissions.buckets(site, account)
    reads = ["s3:GetObject", "s3:GetObjectTagging"]
    if site.versioned:
        reads += ["s3:GetObjectVersion", "s3:GetObjectVersionTagging"]
    return permissions.policy(
        allow(permissions.LISTING, buckets),
        allow(reads, permissions.objects(buckets)),
        permissions.keys(site, account, ["kms:Decrypt"]),
    )


def drifts(
    site: Site, account: Account, scope: Scope, region: str, tally: Tally, *, progress: Progress | None = None
) -> Iterator[Drift]:
    """Return what differs between the primary and one replica: what listings show, in order, then what they do not."""
    source = Copy(account.client("s3", site.primary_region), site.names(account.id).primary)
    replica = Copy(account.client("s3", region), site.names(account.id).replica(region))
    versions = site.versioned
    settled = None if _is_empty(site, account, scope, region) else scope.settled(site, region)
    comparison = Comparison(
        versions=versions,
        settled=settled,
        since=scope.since,
        copied=site.copies,
        meant=meant(site),
        always=scope.always,
    )
    attributes = Attributes(source, replica, versions=versions, settled=settled)
    same = _Sample[ListedObject](scope.sample)
    listed = comparison.drifts(
        _told(scope.pages(source, site.primary_region), region, tally, progress), scope.pages(replica, region), tally
    )
    if not scope.reports:
        arrivals = Arrivals(source, replica, versions=versions, settled=settled)
        listed = _judged(listed, arrivals, tally, scope.asked)
    if scope.sample is None:
        yield from _every(listed, attributes, tally)
        return
    for each in listed:
        if isinstance(each, Drift):
            yield each
        else:
            same.offer(each)
    yield from _closer(attributes, same.chosen, tally)


def _is_empty(site: Site, account: Account, scope: Scope, region: str) -> bool:
    """Tell whether a replica is empty, where no other check can tell that nothing is on its way to it."""
    return not (site.versioned or scope.reports) and emptiness.is_empty(site, account, region)


def _judged(
    listed: Iterator[Drift | ListedObject], arrivals: Arrivals, tally: Tally, limit: int | None
) -> Iterator[Drift | ListedObject]:
    """Ask about what may be on its way to the replica, about some of it or all, and return everything."""
    chosen = _Sample[Drift](_BATCH if limit is None else limit)
    for each in listed:
        left: Drift | ListedObject | None = each
        if isinstance(each, Drift) and each.recent and each.kind in LACKS:
            left = chosen.offer(each)
        if left is not None:
            yield left
        if limit is None and len(chosen.chosen) == _BATCH:
            yield from _asked(chosen.emptied(), arrivals, tally)
    yield from _asked(chosen.emptied(), arrivals, tally)


def _asked(drifts: Sequence[Drift], arrivals: Arrivals, tally: Tally) -> Iterator[Drift]:
    for drift, is_due in spread(lambda drift: (drift, arrivals.is_due(drift.key)), drifts):
        yield drift if is_due else tally.settle(drift)


def meant(site: Site) -> frozenset[DriftKind]:
    """Return the differences that a site is configured to have: deletes that are not copied.

    One way, what only the replica has may be left of a delete whose marker has expired; two-way, it is on its way back.
    """
    if site.replication.delete_markers:
        return frozenset()
    return frozenset({DriftKind.DELETED, DriftKind.UNDELETED if site.replication.two_way else DriftKind.EXTRA})


def _every(listed: Iterator[Drift | ListedObject], attributes: Attributes, tally: Tally) -> Iterator[Drift]:
    """Return what differs in the listings and, batch by batch, what differs inside the objects that look the same."""
    batch: list[ListedObject] = []
    for each in listed:
        if isinstance(each, Drift):
            yield each
            continue
        batch.append(each)
        if len(batch) == _BATCH:
            yield from _closer(attributes, batch, tally)
            batch.clear()
    yield from _closer(attributes, batch, tally)


def _closer(attributes: Attributes, chosen: Sequence[ListedObject], tally: Tally) -> Iterator[Drift]:
    tally.looked_at += len(chosen)
    for found in attributes.drifts(chosen):
        if isinstance(found, ListedObject):
            tally.looked_at -= 1
            tally.unseen += 1
            continue
        tally.same -= 1
        tally.add(found)
        yield found


def _told(
    pages: Iterator[list[ListedObject]], region: str, tally: Tally, progress: Progress | None
) -> Iterator[list[ListedObject]]:
    for page in pages:
        yield page
        if progress:
            progress(region, tally)


class _Sample(Generic[T]):
    """A number of items, each as likely as any other, out of how many there may be (algorithm R)."""

    def __init__(self, size: int | None) -> None:
        self._size = size or 0
        self._seen = 0
        self.chosen: list[T] = []

    def offer(self, item: T) -> T | None:
        """Take an item into the sample or not; return the one that is not in it, if there is one."""
        self._seen += 1
        if len(self.chosen) < self._size:
            self.chosen.append(item)
            return None
        if self._size and (place := int(random.random() * self._seen)) < self._size:  # noqa: S311 - no secret
            self.chosen[place], item = item, self.chosen[place]
        return item

    def emptied(self) -> list[T]:
        """Return what was chosen, and begin again."""
        chosen, self.chosen, self._seen = self.chosen, [], 0
        return chosen


def _row(region: str, drift: Drift) -> tuple[str, ...]:
    ours, theirs = drift.source, drift.replica
    recent = "yes" if drift.recent else "no"
    versions = (ours.version_id if ours else "", theirs.version_id if theirs else "")
    size = str(ours.size) if ours and not ours.deleted else ""
    return (region, drift.key, drift.kind.value, recent, drift.detail, *versions, size)
