"""One at a time for a file, among threads and processes.

The lock of a file is a lock on an empty file of the same user in the temporary directory of the host, named by a hash
of the path: nothing is left beside the file, and a lock ends with the process that holds it. Users that share a
directory do not wait for each other; each of them still replaces files at once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from s3_failover.client import forks

_LONGEST_PAUSE = 0.05
"""Seconds between two tries to get a lock that another process holds, at most."""


class Locks:
    """The locks of this process."""

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Forget the locks of the parent's threads."""
        self._registry = threading.Lock()
        self._threads: dict[str, tuple[threading.Lock, int]] = {}

    @contextlib.contextmanager
    def holding(self, path: Path, deadline: float) -> Iterator[None]:
        """Hold the lock of a file while the block runs.

        Args:
            path: the file; it need not exist.
            deadline: until when to wait, on the monotonic clock.

        Raises:
            TimeoutError: another thread or process held it all that time.
            OSError: there is no directory for locks that is this user's alone.
        """
        name = hashlib.sha256(os.fsencode(_real(path))).hexdigest()
        with self._among_threads(name, deadline, path), _among_processes(name, deadline, path):
            yield

    @contextlib.contextmanager
    def _among_threads(self, name: str, deadline: float, path: Path) -> Iterator[None]:
        with self._registry:
            lock, waiting = self._threads.get(name, (threading.Lock(), 0))
            self._threads[name] = lock, waiting + 1
        try:
            if not lock.acquire(timeout=max(deadline - time.monotonic(), 0)):
                raise _timeout(path)
            try:
                yield
            finally:
                lock.release()
        finally:
            self._forget(name)

    def _forget(self, name: str) -> None:
        with self._registry:
            # A forked child has a registry without what its parent was doing.
            lock, waiting = self._threads.get(name, (None, 0))
            if lock and waiting > 1:
                self._threads[name] = lock, waiting - 1
            else:
                self._threads.pop(name, None)


@contextlib.contextmanager
def _among_processes(name: str, deadline: float, path: Path) -> Iterator[None]:
    descriptor = os.open(_directory() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    owner = os.getpid()
    try:
        _flock(descriptor, deadline, path)
        yield
    finally:
        # A forked child shares the lock: it must not give it back.
        if os.getpid() == owner:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _flock(descriptor: int, deadline: float, path: Path) -> None:
    pause = 0.001
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _timeout(path) from None
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        else:
            return


def _directory() -> Path:
    """Return the directory of this user's locks.

    Raises:
        PermissionError: what is there is a link, or somebody else's.
    """
    directory = Path(tempfile.gettempdir()) / f"s3-failover-locks-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        why = "expected a directory that only this user can write: remove it, or set TMPDIR"
        raise PermissionError(errno.EACCES, why, str(directory))
    return directory


def _real(path: Path) -> Path:
    return path.parent.resolve() / path.name


def _timeout(path: Path) -> TimeoutError:
    return TimeoutError(
        errno.ETIMEDOUT, "another download of it did not end in time: allow a longer deadline", str(path)
    )


_locks = Locks()
holding = _locks.holding
