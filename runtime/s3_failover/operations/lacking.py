"""What copies lack of the one that is written, found while that is listed: each is listed once, beside it."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import emptiness, listing
from s3_failover.operations.account import Account
from s3_failover.operations.arrivals import Arrivals
from s3_failover.operations.attributes import Copy
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.parity import LACKS, Comparison, Drift, DriftKind, Tally
from s3_failover.operations.spread import spread
from s3_failover.operations.verify import Scope, meant


@dataclass(frozen=True)
class Lacking:
    """What copies lack of the one that is written, which is the primary but for `publish --to`."""

    keys: Mapping[str, Mapping[DriftKind, Sequence[str]]] = field(default_factory=dict)
    """By region and kind, the keys that do not come by themselves; regions that lack nothing are left out."""
    coming: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By region, the keys that are on their way: young, with a replication that S3 calls pending. What has arrived
    since the region was listed may be among them."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """By region, why a copy could not be compared: its listing failed, or the look at an object did."""

    @property
    def due(self) -> frozenset[str]:
        """The keys that are on their way to any region."""
        return frozenset(key for keys in self.coming.values() for key in keys)

    def of(self, region: str) -> frozenset[str]:
        """Return the keys that a region lacks."""
        return frozenset(key for keys in self.keys.get(region, {}).values() for key in keys)


class Beside:
    """Compares every other copy with the pages of the listing of the one that is written, as they come."""

    def __init__(self, site: Site, account: Account, *, source: str, patience: float) -> None:
        """Begin to list the copies outside `source`, the region that is written.

        A copy counts as one that does not answer after `patience` seconds without a page of its listing.
        """
        self._site, self._account, self._source, self._patience = site, account, source, patience
        self._pages = _Pages()
        others = [region for region in site.regions if region != source]
        self._readings = {region: _Reading(site, account, region, self._pages) for region in others}

    def read(self, pages: Iterator[list[ListedObject]]) -> Iterator[list[ListedObject]]:
        """Hand the pages of the copy that is written on, to the comparisons too."""
        try:
            for page in pages:
                self._pages.add(page)
                yield page
        finally:
            self._pages.end()

    def found(self, *, but: Container[str], asked: Container[str] = ()) -> Lacking:
        """Return what the copies lack, once all are compared or do not go on.

        Args:
            but: keys that do not count.
            asked: keys of which S3 is asked whether they are on their way, though they were not written lately.
        """
        unseen = {region: why for region, each in self._readings.items() if (why := each.ended(self._patience))}
        parts = {}
        for region, reading in self._readings.items():
            try:
                if region not in unseen:
                    parts[region] = self._sorted(region, reading, but, asked)
            except Exception as error:
                unseen[region] = _why(error)
        keys = {region: dict(kinds) for region, (kinds, _) in parts.items() if kinds}
        return Lacking(keys, {region: due for region, (_, due) in parts.items() if due}, unseen)

    def _sorted(
        self, region: str, reading: _Reading, but: Container[str], asked: Container[str]
    ) -> tuple[dict[DriftKind, list[str]], list[str]]:
        kinds: dict[DriftKind, list[str]] = {}
        young: list[tuple[DriftKind, str]] = []
        for kind, key, is_recent in reading.found:
            # The version of an archived copy has arrived: S3 would be asked in vain.
            may_come = kind is not DriftKind.ARCHIVED and (is_recent or key in asked)
            if key not in but:
                young.append((kind, key)) if may_come else kinds.setdefault(kind, []).append(key)
        due = []
        for (kind, key), is_due in self._asked(region, young):
            due.append(key) if is_due else kinds.setdefault(kind, []).append(key)
        return kinds, due

    def _asked(
        self, region: str, young: Sequence[tuple[DriftKind, str]]
    ) -> Iterator[tuple[tuple[DriftKind, str], bool]]:
        site, names = self._site, self._site.names(self._account.id)
        source = Copy(self._account.client("s3", self._source), names.copy(self._source))
        replica = Copy(self._account.client("s3", region), names.copy(region))
        is_coming = site.versioned or not (young and emptiness.is_empty(site, self._account, region))
        arrivals = Arrivals(source, replica, versions=site.versioned, settled=_settled() if is_coming else None)

        def ask(each: tuple[DriftKind, str]) -> tuple[tuple[DriftKind, str], bool]:
            return each, arrivals.is_due(each[1])

        yield from spread(ask, young)


def kinds(site: Site) -> frozenset[DriftKind]:
    """Return the differences that count as lacking: two-way, what differs may be the newer content."""
    return frozenset({DriftKind.MISSING}) if site.replication.two_way else LACKS


def _why(error: Exception) -> str:
    """Return why a copy could not be compared: publishing goes on nevertheless."""
    if isinstance(error, UserError):
        return str(error)
    # In an outage AWS answers what no SDK expects.
    return f"S3 gave an answer that was not expected, {type(error).__name__}: {error}"


def _settled() -> datetime:
    return datetime.now(UTC) - Scope.settle


class _Pages:
    """The pages of one listing, for several threads that read them at their own pace."""

    def __init__(self) -> None:
        self._pages: list[list[ListedObject]] = []
        self._ended = False
        self._changed = threading.Condition()

    def add(self, page: list[ListedObject]) -> None:
        with self._changed:
            self._pages.append(page)
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _has(self, at: int) -> bool:
        return at < len(self._pages) or self._ended

    def __iter__(self) -> Iterator[list[ListedObject]]:
        at = 0
        while True:
            with self._changed:
                self._changed.wait_for(functools.partial(self._has, at))
                if at == len(self._pages):
                    return
                page = self._pages[at]
            yield page
            at += 1


class _Reading:
    """One copy, compared in a thread that does not keep the process from ending."""

    def __init__(self, site: Site, account: Account, region: str, written: _Pages) -> None:
        self.found: list[tuple[DriftKind, str, bool]] = []
        self._site, self._account, self._region, self._written = site, account, region, written
        self._error = ""
        self._went_on = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ended(self, patience: float) -> str:
        """Wait until it has ended, or does not go on; return why the copy could not be compared."""
        while self._thread.is_alive() and (left := self._went_on + patience - time.monotonic()) > 0:
            self._thread.join(left)
        return f"S3 did not answer within {patience:g} s" if self._thread.is_alive() else self._error

    def _run(self) -> None:
        try:
            self._compare()
        except Exception as error:
            self._error = _why(error)

    def _compare(self) -> None:
        site, wanted = self._site, kinds(self._site)
        comparison = Comparison(versions=site.versioned, settled=_settled(), copied=site.copies, meant=meant(site))
        for each in comparison.drifts(self._written, self._pages(), Tally()):
            if isinstance(each, Drift) and each.kind in wanted:
                self.found.append((each.kind, each.key, each.recent))

    def _pages(self) -> Iterator[list[ListedObject]]:
        bucket = self._site.names(self._account.id).copy(self._region)
        for page in listing.in_turn(self._account.client("s3", self._region), bucket):
            self._went_on = time.monotonic()
            yield page
