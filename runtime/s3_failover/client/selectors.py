"""Which region a request begins with: no region is special, so that every one of them is known to work."""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from s3_failover.client import checks, forks
from s3_failover.client.errors import InvalidConfiguration

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_log = logging.getLogger("s3_failover.client")

_TRIES = 20


class Selector(Protocol):
    """Chooses where a request begins; the other regions follow at random."""

    def next_index(self, count: int) -> int:
        """Return the index of the region to begin with, 0 to `count` - 1. Called once per request, by any thread."""


class RoundRobin:
    """Begins each request one region further than the last one did; the first at random.

    The count is one for all threads of the process, and starts at random again in a forked child: hosts and workers
    that start together do not march in step.
    """

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Start at random again."""
        self._count = itertools.count(random.SystemRandom().randrange(1 << 32))

    def next_index(self, count: int) -> int:
        """Return the index after the last one."""
        return next(self._count) % count


class RandomStart:
    """Begins each request at a random region."""

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Draw other numbers than the parent."""
        self._random = random.Random(random.SystemRandom().getrandbits(64))  # noqa: S311 - it spreads load

    def next_index(self, count: int) -> int:
        """Return any index."""
        return int(self._random.random() * count)


class PersistedIndex:
    """Begins each request one region further than the last one did, across restarts and across processes.

    The index is kept in a file, for programs that live for a request or two and would always begin at random. What the
    file holds is a number in ASCII; it is locked while it is read and written, and not synced: after a power cut the
    rotation starts where the disk remembers. When the file cannot be used any more, rotation goes on in memory.

    Args:
        path: the file; made when it is not there, in a directory that is.

    Raises:
        InvalidConfiguration: the path cannot be one, or the file cannot be opened or made.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        checks.path("path of the index", path)
        self._path = Path(path)
        self._lock = threading.Lock()
        self._complained = False
        self._memory = random.SystemRandom().randrange(1 << 32)
        self._file = self._open()
        forks.tell(self)

    def after_fork(self) -> None:
        """Open the file again: a lock on an inherited descriptor would be the parent's too."""
        self._lock = threading.Lock()
        with contextlib.suppress(InvalidConfiguration):
            self._file = self._open()

    def next_index(self, count: int) -> int:
        """Return the index after the last one, whichever process had that."""
        try:
            return self._advance() % count
        except OSError as error:
            self._complain(error)
            self._memory += 1
            return self._memory % count

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            msg = (
                f"cannot keep the index in {self._path}: {error.strerror}, expected a file that can be written: "
                "make its directory, or use RoundRobin()"
            )
            raise InvalidConfiguration(msg) from error

    def _advance(self) -> int:
        with self._lock, self._locked():
            text = os.pread(self._file, 20, 0)
            # Anything else than a number is an empty or damaged file: begin anew.
            last = int(text) if text.strip().isdigit() else self._memory
            following = (last + 1) % (1 << 62)
            os.pwrite(self._file, b"%020d" % following, 0)
            return following

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        _lock(self._file)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            _log.warning("the index in %s cannot be kept, rotating in memory: %s", self._path, error)

    def __del__(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError, AttributeError):
            os.close(self._file)


def _lock(file: int) -> None:
    """Lock a file within a few milliseconds: the others hold it for microseconds, and a request cannot wait for more.

    Raises:
        BlockingIOError: another process keeps it.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(0.001)
    raise BlockingIOError(errno.EAGAIN, "another process keeps it locked")
