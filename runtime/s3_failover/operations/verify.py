"""Do all replicas of a site hold what the primary holds?"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TextIO

from s3_failover.config import Site
from s3_failover.operations import permissions
from s3_failover.operations.account import Account
from s3_failover.operations.attributes import Attributes, Copy
from s3_failover.operations.inventory.report import Report
from s3_failover.operations.listing import Entry, entries
from s3_failover.operations.parity import Comparison, Drift, Kind, Tally
from s3_failover.operations.permissions import Policy, allow

SHOWN = 20
"""How many differences a report keeps for people to see; a CSV file takes all of them."""

_BATCH = 1000
COLUMNS = ("region", "key", "kind", "recent", "detail", "source_version", "replica_version", "source_bytes")
"""The columns of the table of differences, which `backfill` reads."""

Progress = Callable[[str, Tally], None]
"""Is told, now and then, the region that is being compared and what was seen so far."""


@dataclass(frozen=True)
class Scope:
    """What is compared, and how closely.

    Attributes:
        regions: the replica regions; empty for all.
        prefix: only keys that begin so.
        since: only what was written at or after this moment; None for all.
        settle: what was written less than this long ago may still be on its way and counts as recent.
        sample: for how many objects, chosen at random, to compare metadata, tags and checksums too; None for all.
        reports: inventory reports to read in place of listings, by region.
    """

    regions: tuple[str, ...] = ()
    prefix: str = ""
    since: datetime | None = None
    settle: timedelta = timedelta(minutes=15)
    sample: int | None = 100
    reports: Mapping[str, Report] = field(default_factory=dict)

    def pages(self, copy: Copy, region: str) -> Iterator[list[Entry]]:
        """Return what a region's bucket holds, from its inventory report if there is one, else from its listing."""
        if region in self.reports:
            return self.reports[region].entries(prefix=self.prefix)
        return entries(copy.client, copy.bucket, prefix=self.prefix)

    def settled(self, site: Site, replica: str) -> datetime:
        """Return the moment before which everything should have arrived, and is in the reports if those are used."""
        reports = (self.reports.get(region) for region in (site.primary_region, replica))
        return min([datetime.now(UTC), *(report.created for report in reports if report)]) - self.settle


@dataclass
class Parity:
    """How one replica compares.

    Attributes:
        region: the replica's region.
        bucket: its bucket.
        tally: the numbers.
        looked_at: objects whose metadata, tags and checksums were compared.
        shown: the first differences.
    """

    region: str
    bucket: str
    tally: Tally = field(default_factory=Tally)
    looked_at: int = 0
    shown: list[Drift] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether nothing has drifted."""
        return not self.tally.total


def verify(
    site: Site, account: Account, scope: Scope, *, table: TextIO | None = None, progress: Progress | None = None
) -> list[Parity]:
    """Compare the primary with each replica.

    Args:
        site: the site.
        account: where it is deployed.
        scope: what is compared.
        table: takes every difference as a line of CSV.
        progress: is told now and then how far it is.

    Raises:
        UserError: a bucket cannot be read.
    """
    rows = csv.writer(table) if table else None
    if rows:
        rows.writerow(COLUMNS)
    found = []
    for region in scope.regions or site.replica_regions:
        parity = Parity(region, site.names(account.id).replica(region))
        for drift in drifts(site, account, scope, parity, progress):
            if len(parity.shown) < SHOWN:
                parity.shown.append(drift)
            if rows:
                rows.writerow(_row(region, drift))
        found.append(parity)
    return found


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
    site: Site, account: Account, scope: Scope, parity: Parity, progress: Progress | None = None
) -> Iterator[Drift]:
    """Return what differs between the primary and one replica: what listings show, in order, then what they do not.

    Args:
        site: the site.
        account: where it is deployed.
        scope: what is compared.
        parity: says which replica, and counts.
        progress: is told now and then how far it is.

    Raises:
        UserError: a bucket cannot be read.
    """
    source = Copy(account.client("s3", site.primary_region), site.names(account.id).primary)
    replica = Copy(account.client("s3", parity.region), parity.bucket)
    versions = site.versioned
    settled = scope.settled(site, parity.region)
    comparison = Comparison(
        versions=versions, settled=settled, since=scope.since, copied=site.copies, meant=meant(site)
    )
    attributes = Attributes(source, replica, versions=versions, settled=settled)
    same = _Sample(scope.sample)
    listed = comparison.drifts(
        _told(scope.pages(source, site.primary_region), parity, progress),
        scope.pages(replica, parity.region),
        parity.tally,
    )
    if scope.sample is None:
        yield from _every(listed, attributes, parity)
        return
    for each in listed:
        if isinstance(each, Drift):
            yield each
        else:
            same.offer(each)
    yield from _closer(attributes, same.chosen, parity)


def meant(site: Site) -> frozenset[Kind]:
    """Return the differences that a site is configured to have: deletes that are not copied.

    One way, what only the replica has may be left of a delete whose marker has expired; two-way, it is on its way back.
    """
    if site.replication.delete_markers:
        return frozenset()
    return frozenset({Kind.DELETED, Kind.UNDELETED if site.replication.two_way else Kind.EXTRA})


def _every(listed: Iterator[Drift | Entry], attributes: Attributes, parity: Parity) -> Iterator[Drift]:
    """Return what differs in the listings and, batch by batch, what differs inside the objects that look the same."""
    batch: list[Entry] = []
    for each in listed:
        if isinstance(each, Drift):
            yield each
            continue
        batch.append(each)
        if len(batch) == _BATCH:
            yield from _closer(attributes, batch, parity)
            batch.clear()
    yield from _closer(attributes, batch, parity)


def _closer(attributes: Attributes, chosen: Sequence[Entry], parity: Parity) -> Iterator[Drift]:
    parity.looked_at += len(chosen)
    for drift in attributes.drifts(chosen):
        parity.tally.same -= 1
        parity.tally.add(drift)
        yield drift


def _told(pages: Iterator[list[Entry]], parity: Parity, progress: Progress | None) -> Iterator[list[Entry]]:
    for page in pages:
        yield page
        if progress:
            progress(parity.region, parity.tally)


class _Sample:
    """A number of entries, each as likely as any other, out of how many there may be (algorithm R)."""

    def __init__(self, size: int | None) -> None:
        self._size = size or 0
        self._seen = 0
        self.chosen: list[Entry] = []

    def offer(self, entry: Entry) -> None:
        self._seen += 1
        if len(self.chosen) < self._size:
            self.chosen.append(entry)
        elif self._size and (place := int(random.random() * self._seen)) < self._size:  # noqa: S311 - no secret
            self.chosen[place] = entry


def _row(region: str, drift: Drift) -> tuple[str, ...]:
    ours, theirs = drift.source, drift.replica
    recent = "yes" if drift.recent else "no"
    versions = (ours.version_id if ours else "", theirs.version_id if theirs else "")
    size = str(ours.size) if ours and not ours.deleted else ""
    return (region, drift.key, drift.kind.value, recent, drift.detail, *versions, size)
