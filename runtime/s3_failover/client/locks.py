"""One at a time, among all threads and processes of a user on one host.

A lock is a byte of one empty file, `s3-failover-UID.lock` in the temporary directory; which byte is a hash of the name.
Beside the target, a killed process would leave its lock file behind. A file per name elsewhere would be one more for
each object that was ever downloaded, and a lock on the target's directory would let through one download at a time.

POSIX record locks belong to a process and end with it, however it ends, while those of `flock` live on in children that
it forked. What is awkward about record locks is dealt with here: they do not tell threads apart, and closing the file
anywhere in the process gives all of them back, so that it is opened in one place and stays open.

Processes that have not the same user and temporary directory (`TMPDIR`, systemd's PrivateTmp, containers) do not wait
for each other. That costs a download; files are replaced at once all the same. Windows has locks of another kind, which
are untested here.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from s3_failover.client import forks
from s3_failover.client.waiting import left

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02
"""Seconds between two tries for a lock that another process has."""

_OPEN = (
    os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)


class Locks:
    """The locks of this process."""

    def __init__(self) -> None:
        self._file: _LockFile | None = None
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Forget the parent's locks: a child has none of them."""
        self._mutex = threading.Lock()
        self._held: set[int] = set()

    @contextlib.contextmanager
    def holding(self, name: str, until: float) -> Iterator[None]:
        """Hold the lock of this name while the block runs.

        Args:
            name: what is locked, such as the real path of a file.
            until: how long to wait for others, on the monotonic clock.

        Raises:
            TimeoutError: others had it all that time.
            CancelledError: the request that waits was given up.
            OSError: there is no lock file that is this user's alone.
        """
        byte = int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:4], "big") >> 1
        pause = _SHORTEST_PAUSE
        while not self._acquire(byte):
            time.sleep(min(pause, left(until)))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        owner = os.getpid()
        try:
            yield
        finally:
            if os.getpid() == owner:
                self._release(byte)

    def _acquire(self, byte: int) -> bool:
        with self._mutex:
            if byte in self._held or not _lock(self._descriptor(), byte):
                return False
            self._held.add(byte)
            return True

    def _release(self, byte: int) -> None:
        with self._mutex:
            self._held.discard(byte)
            if self._file:
                _unlock(self._file.descriptor, byte)

    def _descriptor(self) -> int:
        """Return the lock file's descriptor, of the file that others find now: /tmp is swept from time to time."""
        # To close the old one would give back what is held.
        if self._file is None or not (self._held or self._file.is_current()):
            if self._file:
                self._file.close()
            self._file = None
            self._file = _LockFile()
        return self._file.descriptor


class _LockFile:
    def __init__(self) -> None:
        path = _path()
        self.descriptor = os.open(path, _OPEN, 0o600)
        found = os.fstat(self.descriptor)
        self._identity = _identity(found)
        if not _is_ours_alone(found):
            os.close(self.descriptor)
            msg = "expected an empty file that only this user can write: remove it, or set TMPDIR"
            raise PermissionError(errno.EACCES, msg, str(path))

    def is_current(self) -> bool:
        try:
            return self._is_open() and _identity(_path().lstat()) == self._identity
        except OSError:
            return False

    def close(self) -> None:
        # A process that becomes a daemon closes whatever is open: the number may be another file's since then.
        if self._is_open():
            os.close(self.descriptor)

    def _is_open(self) -> bool:
        try:
            return _identity(os.fstat(self.descriptor)) == self._identity
        except OSError:
            return False


def _path() -> Path:
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
    return Path(tempfile.gettempdir()) / f"s3-failover{user}.lock"


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _is_ours_alone(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode) or found.st_size or found.st_nlink > 1:
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _lock(descriptor: int, byte: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        else:
            os.lseek(descriptor, byte, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        # Which of the two it is depends on the system.
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def _unlock(descriptor: int, byte: int) -> None:
    with contextlib.suppress(OSError):
        if fcntl is not None:
            fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)
        else:
            os.lseek(descriptor, byte, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)


_locks = Locks()
holding = _locks.holding
