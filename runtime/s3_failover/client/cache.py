"""Files that are downloaded when they are needed, once, however many threads and processes need them."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from s3_failover.client import locks
from s3_failover.client.attempt import Outcome
from s3_failover.client.errors import AllRegionsFailed, ObjectNotFound, RequestFailed, RetryBudgetExhausted
from s3_failover.client.flights import Flights, Late, twin
from s3_failover.client.layout import target_for
from s3_failover.client.outages import Outage
from s3_failover.client.outcomes import REGION_FAILURES
from s3_failover.client.records import Records, Wanted, look
from s3_failover.client.revalidation import PATIENCE, Revalidations

__all__ = ["CachedFile", "Fetch", "Late", "target_for"]

_log = logging.getLogger("s3_failover.client")
_flights = Flights()
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

    Attributes:
        target: the file.
        wanted: what it is to hold: a file that holds something else is replaced, and never served.
        outage: what the host knows about the regions.
        fetch: gets the file.
    """

    target: Path
    wanted: Wanted
    outage: Outage
    fetch: Fetch

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
            if now and _version(now) != _version(seen) and _records.holds(self.target, now, self.wanted):
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
                stack.enter_context(locks.holding(_real(self.target), until))
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


def _version(found: os.stat_result | None) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size) if found else ()


def _real(target: Path) -> str:
    """Return the one name of a file that has several; a link at its end is replaced itself, so that it is none."""
    return os.path.join(os.path.realpath(target.parent), target.name)  # noqa: PTH118 - as a string
