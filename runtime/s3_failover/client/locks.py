"""File locks: one holder at a time among all threads and processes; and new locks in a forked child.

Every lock is one of an open file (flock(2); on Windows, of the file's first byte). It excludes threads as it does
processes, and ends when the last descriptor of that open file is closed: with its process, however that ends, because
a forked child closes what it inherits. Nothing waits inside the system for a lock.

A file that is removed while others wait for its lock has no name any more, and locks nothing: what is taken counts once
the file is seen to have its name still (`has_name`).
"""

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

ADVISORY = fcntl is not None
"""Whether locks leave it to programs to ask for them. Windows, which is untested, enforces its own."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02
"""Seconds between two tries for a lock that is taken."""

_OPEN = (
    os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)


class Forkable(Protocol):
    """An object with state that a forked child cannot use: locks, threads, shared connections."""

    def after_fork(self) -> None:
        """Begin anew: the process has one thread now, and shares its sockets and files with the parent."""


_known: weakref.WeakSet[Forkable] = weakref.WeakSet()


def call_after_fork(forkable: Forkable) -> None:
    """Call `after_fork` of an object in every child that is forked while the object lives."""
    _known.add(forkable)


def _in_child() -> None:
    for forkable in list(_known):
        forkable.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


def take(descriptor: int) -> bool:
    """Lock an open file exclusively; False if another has the lock; raise OSError if the file system has no locks."""
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        # Which of the two it is depends on the system.
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def give_back(descriptor: int) -> None:
    """Unlock an open file, for all who share it: a child that was forked meanwhile may keep it open."""
    with contextlib.suppress(OSError):
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        else:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)


def has_name(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one that a path names."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def seconds_until(end: float) -> float:
    """Return how long it is until a time on the monotonic clock; raise TimeoutError if it is over."""
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError(errno.ETIMEDOUT, "others have not finished in time")
    return seconds


@contextlib.contextmanager
def holding_file(descriptor: int, until: float) -> Iterator[None]:
    """Hold the lock of an open file while the block runs.

    Args:
        descriptor: of the file, which this process alone has open so.
        until: how long to wait for others, on the monotonic clock.

    Raises:
        TimeoutError: others had it all that time.
        OSError: the file system has no locks.
    """
    _wait(lambda: take(descriptor), until, seconds_until)
    try:
        yield
    finally:
        give_back(descriptor)


@contextlib.contextmanager
def holding(name: str, until: float, left: Callable[[float], float] = seconds_until) -> Iterator[None]:
    """Hold the lock of a name while the block runs, among all processes of a user on one host.

    The file is `s3-failover-UID-HASH.lock`, empty, in the temporary directory, and removed when the lock is given back:
    beside what is locked, a killed process would leave it behind. Processes that have not the same user and temporary
    directory (`TMPDIR`, systemd's PrivateTmp, containers) do not wait for each other.

    Args:
        name: what is locked, such as the real path of a file.
        until: how long to wait for others, on the monotonic clock.
        left: returns for how many seconds to wait, given `until`; what it raises ends the wait.

    Raises:
        TimeoutError: others had it all that time.
        OSError: the lock file is not this user's alone, or its file system has no locks.
    """
    lock = _NamedLock(name)
    try:
        _wait(lock.take, until, left)
        yield
    finally:
        lock.close()


def _wait(take: Callable[[], bool], until: float, left: Callable[[float], float]) -> None:
    pause = _SHORTEST_PAUSE
    while not take():
        time.sleep(min(pause, left(until)))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


class _NamedLock:
    """One wish for the lock of a name, with a descriptor of its own."""

    def __init__(self, name: str) -> None:
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        self._path = Path(tempfile.gettempdir()) / f"s3-failover{_user()}-{digest}.lock"
        self._descriptor: int | None = None
        self._taken = False
        call_after_fork(self)

    def after_fork(self) -> None:
        """Close the parent's file: the lock stays the parent's, and ends with it."""
        self._taken = False
        self.close()

    def take(self) -> bool:
        if self._descriptor is None:
            self._descriptor = _opened(self._path)
        if not take(self._descriptor):
            return False
        self._taken = has_name(self._descriptor, self._path)
        if not self._taken:
            # Its last holder has removed it: there is, or will be, another file of this name.
            self.close()
        return self._taken

    def close(self) -> None:
        """Give the lock back, if it is held, and remove its file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if self._taken and has_name(descriptor, self._path):
            with contextlib.suppress(OSError):
                self._path.unlink()
        if self._taken:
            give_back(descriptor)
        os.close(descriptor)


def _opened(path: Path) -> int:
    descriptor = os.open(path, _OPEN, 0o600)
    if _is_ours_alone(os.fstat(descriptor)):
        return descriptor
    os.close(descriptor)
    msg = "expected an empty file that only this user can write: remove it, or set TMPDIR"
    raise PermissionError(errno.EACCES, msg, str(path))


def _user() -> str:
    return f"-{os.getuid()}" if hasattr(os, "getuid") else ""


def _is_ours_alone(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode) or found.st_size or found.st_nlink > 1:
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
