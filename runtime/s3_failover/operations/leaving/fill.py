"""Brings to each copy what others hold and it lacks; the primary gets the newest of each key."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple, cast

from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.backfill import direct, queue
from s3_failover.operations.backfill.direct import Copied
from s3_failover.operations.backfill.work import WorkItem, WorkItems
from s3_failover.operations.copying import CopyOutcome, Origin, Version, VersionCopier, outcome
from s3_failover.operations.listing import ListedObject, entries
from s3_failover.operations.refusals import code, explained, require_signed_in
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import counted, spread
from s3_failover.results import part

Say = Callable[[str], None]

REPLICATION_SECONDS = 900.0
"""How long to wait for what was handed to replication."""


class Missing(NamedTuple):
    """An object that the primary lacks, and where its newest version is."""

    key: str
    version_id: str
    size: int
    region: str
    there: str | None
    """The ETag of the older object that the primary has under the key; None if it has none."""
    archive: str = ""
    """The archive class that it is in, from which S3 copies nothing; empty for all others."""


@part
class Filled:
    """What became of the objects that the primary lacked."""

    copied: int = 0
    """How many were copied."""
    bytes: int = 0
    """How much they hold."""
    changed: int = 0
    """How many were written, deleted or copied by others meanwhile."""
    left: int = 0
    """How many S3 cannot copy: archived, or encrypted with a customer's key."""
    example: str = ""
    """The key of one of these."""


@dataclass(frozen=True)
class FromReplicas:
    """Copies objects of replicas to the primary.

    `copiers` are by the region of the replica.
    """

    copiers: Mapping[str, VersionCopier]

    @classmethod
    def of(cls, site: Site, account: Account) -> FromReplicas:
        """Return what copies from all replicas of a site; ETags are kept where they tell that copies are equal."""
        names, client = site.names(account.id), account.client("s3", site.primary_region)
        origins = {each: Origin(account.client("s3", each), names.replica(each)) for each in site.replica_regions}
        same = not site.versioned
        return cls({each: VersionCopier(client, names.primary, same, origin) for each, origin in origins.items()})

    def run(self, items: Iterable[Missing]) -> Iterator[Copied]:
        """Copy objects, some dozens side by side, and return what became of each, in no order.

        Raises:
            UserError: AWS refuses, for a reason that is not the object's own.
        """
        for each in self.copiers.values():
            each.begin()
        yield from spread(self._copied, items, end=self._end)

    def _end(self) -> None:
        for each in self.copiers.values():
            each.end()

    def _copied(self, item: Missing) -> Copied:
        copier = self.copiers[item.region]
        assert copier.origin is not None
        reader, where = copier.origin.client, cast(Any, {"Bucket": copier.origin.bucket, "Key": item.key})
        with explained(f"copy {shown(item.key)} from {copier.origin.bucket} to {copier.bucket}"):
            try:
                head: Mapping[str, Any] = reader.head_object(**where, ChecksumMode="ENABLED")
                if head.get("VersionId", "null") != item.version_id:
                    return Copied(item.key, CopyOutcome.CHANGED)
                # After another write in between, the copy would bury the newer content.
                condition = {"IfMatch": item.there} if item.there else {"IfNoneMatch": "*"}
                made = copier.copy(Version(item.key, item.version_id, head), **condition)
            except ClientError as error:
                if code(error) == "400":
                    require_signed_in(reader, **where)
                return Copied(item.key, outcome(error))
        return Copied(item.key, CopyOutcome.COPIED, made, item.size)


@dataclass(frozen=True)
class Survey:
    """What copies lack of each other.

    Attributes:
        objects: how many objects the primary lacks and S3 can copy.
        bytes: how much they hold.
        absent: how many a replica never had.
    """

    objects: int = 0
    bytes: int = 0
    absent: int = 0


def survey(site: Site, account: Account) -> Survey:
    """Return what copies lack of each other, from one listing of each."""
    objects = size = absent = 0
    for key, held in _compared(site, account):
        lacked = _missing(site, key, held)
        if lacked and not lacked.archive:
            objects, size = objects + 1, size + lacked.size
        absent += _absent(site, key, held) is not None
    return Survey(objects, size, absent)


def missing(site: Site, account: Account) -> Iterator[Missing]:
    """Yield what the replicas hold and the primary lacks, in the order of the keys.

    A key whose newest entry in the replicas is a delete marker is deleted.
    """
    found = (_missing(site, key, held) for key, held in _compared(site, account))
    return (each for each in found if each)


def absent(site: Site, account: Account) -> Iterator[WorkItem]:
    """Yield what the primary holds and a replica never had, in the order of the keys."""
    found = (_absent(site, key, held) for key, held in _compared(site, account))
    return (each for each in found if each)


def fill(site: Site, account: Account, wanted: Iterable[Missing], total: int, say: Say) -> Filled:
    """Copy so many objects to the primary; interrupted, running it again does the rest."""
    copy = FromReplicas.of(site, account)
    outcomes, size, archived = Counter[CopyOutcome](), 0, list[str]()

    def readable() -> Iterator[Missing]:
        for each in wanted:
            if each.archive:
                archived.append(each.key)
            else:
                yield each

    for done in counted(copy.run(readable()), total, "copied", say):
        outcomes[done.outcome] += 1
        size += done.size
        if done.outcome is CopyOutcome.ARCHIVED:
            archived.append(done.key)
    example = next(iter(archived), "")
    return Filled(outcomes[CopyOutcome.COPIED], size, outcomes[CopyOutcome.CHANGED], len(archived), example)


def replicate(site: Site, account: Account, wanted: Iterable[WorkItem], say: Say) -> int:
    """Have what replicas never had copied there; return how many objects were handed to replication.

    Raises:
        UserError: replication gave some up, or AWS refuses.
    """
    items = WorkItems()
    for each in wanted:
        items.add(each)
    if not len(items):
        return 0
    if not site.versioned:
        return sum(1 for _ in counted(queue.hand_over(site, account, items), len(items), "handed over", say))
    done = direct.replicate(site, account, items, regions=site.replica_regions, seconds=REPLICATION_SECONDS, say=say)
    if done.failed:
        first = done.failed[0]
        raise UserError(f"replicas lack {first.count:,} objects: {first.reason}, as {first.example}: run it again")
    return done.succeeded


def _compared(site: Site, account: Account) -> Iterator[tuple[str, dict[str, ListedObject]]]:
    """Yield what each region has under each key."""
    listed = heapq.merge(*(_listed(site, account, region) for region in site.regions))
    for key, found in groupby(listed, key=itemgetter(0)):
        yield key, {region: entry for _, region, entry in found}


def _missing(site: Site, key: str, held: Mapping[str, ListedObject]) -> Missing | None:
    ours = held.get(site.primary_region)
    theirs = {region: entry for region, entry in held.items() if region != site.primary_region}
    if not theirs or key == site.health_key:
        return None
    region = max(theirs, key=lambda each: theirs[each].modified)
    newest, there = theirs[region], None if ours is None or ours.deleted else ours.etag
    if not _is_lacking(site, ours, newest):
        return None
    return Missing(key, newest.version_id, newest.size, region, there, newest.archive)


def _absent(site: Site, key: str, held: Mapping[str, ListedObject]) -> WorkItem | None:
    ours = held.get(site.primary_region)
    # The deployment brings the health object.
    is_copied = site.copies(key) and key != site.health_key
    if ours is None or ours.deleted or ours.archive or not is_copied or len(held) == len(site.regions):
        return None
    return WorkItem(key, ours.version_id, ours.size)


def _listed(site: Site, account: Account, region: str) -> Iterator[tuple[str, str, ListedObject]]:
    pages = entries(account.client("s3", region), site.names(account.id).copy(region))
    return ((entry.key, region, entry) for entry in chain.from_iterable(pages))


def _is_lacking(site: Site, ours: ListedObject | None, theirs: ListedObject) -> bool:
    if theirs.deleted:
        return False
    if ours is None:
        return True
    # Where there are versions, a copy has its source's version id; elsewhere the same ETag says the same content.
    same = ours.version_id == theirs.version_id if site.versioned else ours.etag == theirs.etag
    return not same and theirs.modified > ours.modified
