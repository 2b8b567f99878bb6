"""Files that are downloaded when they are needed, once, however many threads and processes need them."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from s3_failover.client import locks
from s3_failover.client.errors import AllRegionsFailed, DeadlineExceeded, InvalidConfiguration
from s3_failover.client.flights import Flights
from s3_failover.client.layout import target_for

__all__ = ["Fetch", "cached", "target_for"]

_log = logging.getLogger("s3_failover.client")
_flights = Flights()

Fetch = Callable[[float], object]
"""Replaces the file at once, within so many seconds."""


def cached(target: Path, *, ttl: float | None, stale_if_error: bool, deadline: float, fetch: Fetch) -> Path:
    """Return a file that is there and not too old, fetched if need be; who asks meanwhile waits for that fetch.

    The age counts from the file's modification time. A time in the future counts like one in the past, so that clocks
    of hosts with a common directory may differ by less than the `ttl`, and one that was wrong is no harm for long.

    Args:
        target: the file.
        ttl: seconds for which it is valid; None for ever.
        stale_if_error: whether to return a file that is too old when no region answers, or none in time.
        deadline: seconds to wait for others and for the fetch together.
        fetch: gets the file.

    Raises:
        DeadlineExceeded: others did not finish in time.
        InvalidConfiguration: the ttl is negative.
        Exception: what `fetch` raises, here or in the thread of this process that was waited for.
    """
    seen = _look(target)
    if seen and _is_valid(seen, ttl):
        return target
    if ttl is not None and not ttl >= 0:
        msg = f"ttl is {ttl!r}, expected None, or seconds from 0 on"
        raise InvalidConfiguration(msg)
    name, until = _real(target), time.monotonic() + deadline
    try:
        _flights.share(name, until, functools.partial(_refresh, target, name, seen, until, fetch))
    except (AllRegionsFailed, DeadlineExceeded) as error:
        stale = _look(target) if stale_if_error else None
        if stale is None:
            raise
        _report(target, stale, error)
    return target


def _look(target: Path) -> os.stat_result | None:
    """Return what is known about the file, None if there is no such file."""
    try:
        found = os.stat(target)  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _is_valid(found: os.stat_result, ttl: float | None) -> bool:
    return ttl is None or abs(time.time() - found.st_mtime) < ttl


def _refresh(target: Path, name: str, seen: os.stat_result | None, until: float, fetch: Fetch) -> None:
    with _alone(name, until):
        now = _look(target)
        # Another process has fetched it: new enough, also for a ttl that is shorter than the wait was.
        if now and _version(now) != _version(seen):
            return
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise _late(name)
        fetch(seconds)


@contextlib.contextmanager
def _alone(name: str, until: float) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locks.holding(name, until))
        except TimeoutError as error:
            raise _late(name) from error
        except OSError as error:
            # A lock saves downloads. In an outage it must not be what keeps them from happening.
            told = {"s3_failover_path": name}
            _log.warning("other processes may download %s too, there is no lock: %s", name, error, extra=told)
        yield


def _version(found: os.stat_result | None) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size) if found else ()


def _real(target: Path) -> str:
    """Return the one name of a file that has several; a link at its end is replaced itself, so that it is none."""
    return os.path.join(os.path.realpath(target.parent), target.name)  # noqa: PTH118 - as a string


def _late(name: str) -> DeadlineExceeded:
    return DeadlineExceeded(f"time is up for {name}: another process still downloads it: allow a longer deadline")


def _report(target: Path, stale: os.stat_result, error: Exception) -> None:
    age = time.time() - stale.st_mtime
    told = {
        "s3_failover_path": str(target),
        "s3_failover_age": age,
        "s3_failover_error": type(error).__name__,
    }
    _log.warning("serving %s, which is %.0f s old: %s", target, age, error, extra=told)
