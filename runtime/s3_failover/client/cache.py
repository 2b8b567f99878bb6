"""Files that are downloaded when they are needed, once, however many threads and processes need them."""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from s3_failover.client import forks, locks
from s3_failover.client.errors import AllRegionsFailed, DeadlineExceeded, UnsafeKey

_log = logging.getLogger("s3_failover.client")

Fetch = Callable[[float], object]
"""Downloads the file within so many seconds."""


def cached(target: Path, *, ttl: float | None, stale_if_error: bool, deadline: float, fetch: Fetch) -> Path:
    """Return the file, fetched if it is not there or older than `ttl` seconds; others who ask meanwhile wait.

    Args:
        target: the file.
        ttl: seconds for which it is valid after it was written; None for ever.
        stale_if_error: return an old file when no region answers.
        deadline: seconds to wait for others and for the fetch together.
        fetch: gets the file.

    Raises:
        DeadlineExceeded: others did not finish in time.
        Exception: what `fetch` raised, here or in the thread that was waited for.
    """
    if _valid(target, ttl):
        return target
    try:
        _flights.fly(target, ttl, time.monotonic() + deadline, fetch)
    except (AllRegionsFailed, DeadlineExceeded) as error:
        if not stale_if_error or not target.is_file():
            raise
        told = {"s3_failover_path": str(target), "s3_failover_error": type(error).__name__}
        _log.warning("no region answers, serving the old %s: %s", target, error, extra=told)
    return target


def _valid(target: Path, ttl: float | None) -> bool:
    try:
        found = os.stat(target)  # noqa: PTH116 - a third of the time of Path.stat
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is no regular file: name another", str(target))
    return ttl is None or time.time() - found.st_mtime < ttl


class _Flight:
    """One fetch of one file, and who waits for it."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.error: BaseException | None = None


class _Flights:
    """The fetches of this process: whoever comes while one is under way gets what it gets, also its error.

    Otherwise each of a hundred threads would wait for its turn to find out that no region answers.
    """

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Forget the fetches of the parent's threads."""
        self._lock = threading.Lock()
        self._running: dict[Path, _Flight] = {}

    def fly(self, target: Path, ttl: float | None, end: float, fetch: Fetch) -> None:
        with self._lock:
            flight = self._running.get(target)
            leads = flight is None
            if flight is None:
                flight = self._running[target] = _Flight()
        if leads:
            self._lead(flight, target, ttl, end, fetch)
            return
        if not flight.ended.wait(max(end - time.monotonic(), 0)):
            msg = f"time is up for {target}: another download of it has not ended: allow a longer deadline"
            raise DeadlineExceeded(msg)
        if isinstance(flight.error, Exception):
            raise flight.error
        if flight.error is not None or not _valid(target, ttl):
            # The leader was interrupted, not refused: that is no answer to others.
            self.fly(target, ttl, end, fetch)

    def _lead(self, flight: _Flight, target: Path, ttl: float | None, end: float, fetch: Fetch) -> None:
        try:
            with locks.holding(target, end):
                # Another process may have fetched it while we waited.
                if not _valid(target, ttl):
                    fetch(max(end - time.monotonic(), 0.001))
        except TimeoutError as error:
            if isinstance(error, DeadlineExceeded):
                flight.error = error
                raise
            flight.error = DeadlineExceeded(str(error))
            raise flight.error from error
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                self._running.pop(target, None)
            flight.ended.set()


_flights = _Flights()


def target_for(key: str, path: str | os.PathLike[str]) -> Path:
    """Return the file for a key: the path itself or, where that is a directory, the key below it.

    Directories that the key names are made; nothing outside the directory is ever named.

    Raises:
        UnsafeKey: the key would leave the directory, or names no file.
        OSError: a part of the key is a file already, or a directory cannot be made.
    """
    target = Path(path)
    if not (os.fspath(path).endswith(os.sep) or target.is_dir()):
        return target
    parts = _parts(key)
    directory = target.resolve()
    file = directory.joinpath(*parts)
    if not file.parent.resolve().is_relative_to(directory):
        msg = f"the key {key!r} leads out of {directory} by a symbolic link, expected to stay below it: remove the link"
        raise UnsafeKey(msg)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        why = "a part of its directory is a file: another key has that name, give one of them a path of its own"
        raise NotADirectoryError(errno.ENOTDIR, why, str(file)) from error
    return file


def _parts(key: str) -> list[str]:
    parts = key.split("/")
    separators = {os.sep, os.altsep} - {None, "/"}
    wrong = [part for part in parts if part in ("", ".", "..") or "\0" in part or separators & set(part) or ":" in part]
    if wrong:
        msg = (
            f"the key {key!r} is no path below a directory because of {wrong[0]!r}, expected names between slashes: "
            "give the file's path instead of a directory"
        )
        raise UnsafeKey(msg)
    return parts
