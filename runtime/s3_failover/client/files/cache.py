"""The cache on disk: files that are downloaded once, however many threads and processes need them.

What is in a file, which object, asked for how, and whether it was compared with a checksum, is in its record beside it,
`.NAME.s3-failover.json`. The record holds for a file of the size and modification time that it names: a file that
something else wrote has none.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from s3_failover.client import locks
from s3_failover.client.errors import AllRegionsFailed, ObjectNotFound, RequestFailed, RetryBudgetExhausted
from s3_failover.client.files.replacement import Replacement, target_for
from s3_failover.client.files.single_flight import PATIENCE, KnownOutage, Late, Revalidations, SingleFlight, twin
from s3_failover.client.net.guard import seconds_left
from s3_failover.client.objects import REGION_FAILURES, Outcome

_log = logging.getLogger("s3_failover.client")

_SELECTING = ("VersionId", "Range", "PartNumber", "IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince")
"""Parameters of GetObject that decide which bytes are the answer."""

_LONGEST_STEM = 160
"""Bytes of a file's name in that of its record: file systems allow 255 in all."""

_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Wanted:
    """What is to be in a file."""

    key: str
    """The object's key."""
    buckets: frozenset[str]
    """Those that may hold it: of the regions of one client."""
    selection: tuple[tuple[str, str], ...]
    """The parameters that decide which bytes are the answer."""
    compared: bool
    """Whether it must have been compared with a checksum."""

    @classmethod
    def of(cls, key: str, buckets: Iterable[str], parameters: Mapping[str, Any], *, compared: bool) -> Wanted:
        """Return what a request asks for, with GetObject's parameters."""
        selection = tuple((name, str(parameters[name])) for name in _SELECTING if parameters.get(name) is not None)
        return cls(key, frozenset(buckets), selection, compared)

    def __str__(self) -> str:
        return " ".join((repr(self.key), *(f"{name}={value}" for name, value in self.selection)))

    def is_answered_by(self, record: Mapping[str, Any]) -> bool:
        """Whether a file with this record holds it. Regions may have come and gone since then."""
        return (
            record["key"] == self.key
            and record["selection"] == dict(self.selection)
            and not self.buckets.isdisjoint(record["buckets"])
            and not (self.compared and record["checksum"] is None)
        )


class Records:
    """The records of files; remembers those that it has read."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, Wanted], tuple[int, ...]] = {}

    def holds(self, target: Path, found: os.stat_result, wanted: Wanted) -> bool:
        """Whether a file is known to hold what is wanted."""
        if self._known.get((target, wanted)) == _identity(found):
            return True
        record = _read(target)
        if record is None or not _is_of(record, found) or not wanted.is_answered_by(record):
            return False
        self._remember(target, wanted, found)
        return True

    def may_hold(self, target: Path, found: os.stat_result, wanted: Wanted) -> bool:
        """Whether a file can be served in an emergency: also one that something else put there.

        It has no record, or that of an older file. The latter must be of the same object, and the path of no other: a
        download of another one may have ended before its record was written.
        """
        if self.holds(target, found, wanted):
            return True
        if wanted.selection or wanted.compared:
            return False
        record = _read(target)
        return record is None or (wanted.is_answered_by(record) and not record["contested"])

    def announce(self, target: Path, wanted: Wanted) -> None:
        """Note, before a download, that the file may hold something else than its record says."""
        record = _read(target)
        if record and not record["contested"] and not wanted.is_answered_by(record):
            self._note(target, record | {"contested": True})

    def write(self, target: Path, wanted: Wanted, checksum: str | None) -> None:
        """Note what a file holds that was just written, and by which algorithm it was compared.

        Without a record it is downloaded again by the next process, which is no reason to raise.
        """
        found = target.stat()
        record = {
            "key": wanted.key,
            "buckets": sorted(wanted.buckets),
            "selection": dict(wanted.selection),
            "checksum": checksum,
            "size": found.st_size,
            "modified": int(found.st_mtime),
        }
        self._remember(target, wanted, found)
        self._note(target, record)

    def _note(self, target: Path, record: Mapping[str, Any]) -> None:
        try:
            with Replacement(path_of(target)) as replacement:
                replacement.file.write(json.dumps(record).encode())
                replacement.commit()
        except OSError as error:
            _log.warning("what %s holds cannot be noted, so that it will be downloaded again: %s", target, error)

    def _remember(self, target: Path, wanted: Wanted, found: os.stat_result) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[target, wanted] = _identity(found)


def path_of(target: Path) -> Path:
    """Return where the record of a file is."""
    name = os.fsencode(target.name)
    if len(name) > _LONGEST_STEM:
        name = name[:_LONGEST_STEM] + hashlib.sha256(name).hexdigest()[:16].encode()
    return target.parent / f".{name.decode(errors='ignore')}.s3-failover.json"


def _read(target: Path) -> dict[str, Any] | None:
    """Return the record of a file; None where it has none that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        record = json.loads(path_of(target).read_bytes())
        names = ("key", "buckets", "selection", "checksum", "size", "modified")
        return {name: record[name] for name in names} | {"contested": bool(record.get("contested"))}
    return None


def _is_of(record: Mapping[str, Any], found: os.stat_result) -> bool:
    return (record["size"], record["modified"]) == (found.st_size, int(found.st_mtime))


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def look(target: Path) -> os.stat_result | None:
    """Return what is known about a file, None if there is no such file."""
    try:
        found = os.stat(target)  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


__all__ = ["CachedFile", "Fetch", "Late", "target_for"]

_flights = SingleFlight()
_records = Records()
_revalidations = Revalidations()

Fetch = Callable[[float, Callable[[], None]], str | None]
"""Replaces the file at once, within so many seconds, and calls what it is given whenever bytes arrive.

Returns the algorithm by which the object was compared with what S3 stored.
"""


_OUTAGE = REGION_FAILURES - {Outcome.CORRUPT}
"""What may be an outage; a checksum that is wrong everywhere is one object's."""


class _Busy(Late):
    """Another process downloads the file, and an old one need not wait for it."""


@dataclass(frozen=True)
class CachedFile:
    """A file that holds an object.

    The age counts from the file's modification time. A time in the future counts like one in the past, so that clocks
    of hosts with a common directory may differ by less than the `ttl`, and one that was wrong is no harm for long.
    """

    target: Path
    """The file."""
    wanted: Wanted
    """What it is to hold: a file that holds something else is replaced, and never served."""
    outage: KnownOutage
    """What the host knows about the regions."""
    fetch: Fetch
    """Gets the file."""

    def path(self, *, ttl: float | None, stale_if_error: bool, deadline: float) -> Path:
        """Return the file when it holds what is wanted and is not too old, fetched if need be.

        Args:
            ttl: seconds for which it is valid; None for ever.
            stale_if_error: whether to return a file that is too old when a new one cannot be had, or not soon.
            deadline: seconds to wait for others and for the fetch together.

        Raises:
            DeadlineExceeded: others did not finish in time.
            Exception: what `fetch` raises, here or in the thread of this process that was waited for.
        """
        seen = look(self.target)
        if seen and _is_young(seen, ttl) and _records.holds(self.target, seen, self.wanted):
            return self.target
        until = time.monotonic() + deadline
        if stale_if_error and self._can_serve(seen):
            self._revalidate(seen, until)
            # Meanwhile another caller may have asked for another version in the same place.
            if self._can_serve(look(self.target)):
                return self.target
        _flights.share(self._name, until, functools.partial(self._refresh, seen, until))
        return self.target

    @property
    def _name(self) -> str:
        return f"{_real(self.target)} with {self.wanted}"

    def _can_serve(self, found: os.stat_result | None) -> bool:
        return found is not None and _records.may_hold(self.target, found, self.wanted)

    def _revalidate(self, seen: os.stat_result | None, until: float) -> None:
        """Have the file refreshed, and wait for that only while bytes arrive."""
        if self.outage.is_remembered:
            self._serve_stale("no region answered this host a moment ago")
            return

        def work(arrived: Callable[[], None]) -> None:
            _flights.share(
                self._name, until, functools.partial(self._refresh, seen, until, patient=False, arrived=arrived)
            )

        refresh = _revalidations.begin(self._name, work)
        if not refresh.wait(until):
            self._serve_stale(f"nothing of a new one arrived in {PATIENCE:g} s, or within the deadline")
        elif refresh.error is not None:
            self._serve_instead(refresh.error)

    def _serve_instead(self, error: BaseException) -> None:
        """Leave the old file in place of an error, unless the error says that there is no such object."""
        unavailable = isinstance(error, RequestFailed | ClientError | OSError) and not isinstance(error, ObjectNotFound)
        if not unavailable or not self._can_serve(look(self.target)):
            raise twin(error) if isinstance(error, Exception) else error
        self._serve_stale(error)

    def _serve_stale(self, why: object) -> None:
        stale = look(self.target)
        age = time.time() - stale.st_mtime if stale else 0.0
        told = {
            "s3_failover_path": str(self.target),
            "s3_failover_age": age,
            "s3_failover_error": type(why).__name__ if isinstance(why, Exception) else None,
        }
        _log.warning("serving %s, which is %.0f s old: %s", self.target, age, why, extra=told)

    def _refresh(
        self,
        seen: os.stat_result | None,
        until: float,
        *,
        patient: bool = True,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        with self._alone(until if patient else time.monotonic(), patient=patient):
            now = look(self.target)
            # Another process has fetched it: new enough, also for a ttl that is shorter than the wait was.
            is_new = now and (seen is None or _identity(now) != _identity(seen))
            if now and is_new and _records.holds(self.target, now, self.wanted):
                return
            seconds = until - time.monotonic()
            if seconds <= 0:
                raise self._late(Late)
            _records.announce(self.target, self.wanted)
            try:
                checksum = self.fetch(seconds, arrived)
            except RequestFailed as error:
                if _is_outage(error):
                    self.outage.remember()
                raise
            self.outage.forget()
            _records.write(self.target, self.wanted, checksum)

    @contextlib.contextmanager
    def _alone(self, until: float, *, patient: bool) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locks.holding(_real(self.target), until, seconds_left))
            except TimeoutError as error:
                raise self._late(Late if patient else _Busy) from error
            except OSError as error:
                # A lock saves downloads. In an outage it must not be what keeps them from happening.
                told = {"s3_failover_path": str(self.target)}
                _log.warning(
                    "other processes may download %s too, there is no lock: %s", self.target, error, extra=told
                )
            yield

    def _late(self, kind: type[Late]) -> Late:
        return kind(f"time is up for {self.target}: another process still downloads it: allow a longer deadline")


def _is_young(found: os.stat_result, ttl: float | None) -> bool:
    return ttl is None or abs(time.time() - found.st_mtime) < ttl


def _is_outage(error: RequestFailed) -> bool:
    """Whether every region failed, so that other processes would not get other files either.

    A deadline that was too short, credentials that have expired or an answer of one region say nothing about that.
    """
    failed = isinstance(error, AllRegionsFailed) and not isinstance(error, RetryBudgetExhausted)
    return failed and all(attempt.outcome in _OUTAGE for attempt in error.attempts)


def _real(target: Path) -> str:
    """Return the one name of a file that has several; a link at its end is replaced itself, so that it is none."""
    return os.path.join(os.path.realpath(target.parent), target.name)  # noqa: PTH118 - as a string
