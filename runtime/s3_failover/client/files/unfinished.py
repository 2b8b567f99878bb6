"""Files while they are written: without a name where that is possible, and known to be abandoned where it is not.

A file without a name (Linux: `O_TMPFILE`, open(2)) ends with its process, however that ends. Elsewhere, and on file
systems that refuse, the file is `.NAME.PID.RANDOM.s3-failover.part` in the target's directory, and its process holds a
lock on it: one without a lock is removed the next time that its target is written. SIGTERM removes it too, in most
programs; a process that is killed leaves it. Python runs handlers of signals in the main thread alone, and lets only
that one set them: it is set by the first client or file of the main thread, where the application has none of its own.

Windows has neither; there an unfinished file is abandoned when it can be removed. That is untested.

Errors of the local disk are explained: the same class and number, the file, and what to do.
"""

import contextlib
import errno
import os
import re
import secrets
import signal
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from s3_failover.client import locks

_ROOM = "make room on the disk, or choose another"
_RIGHTS = "let this user read and write its directory, or choose another"
_REMEDIES = {
    errno.ENOENT: "make its directory first",
    errno.ENOTDIR: "name a path below a directory, not below a file",
    errno.EISDIR: "name a file, not a directory",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "choose a directory that can be written",
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit on file sizes (ulimit -f), or choose another file system",
    errno.EMFILE: "raise the limit of open files (ulimit -n), or find what holds them",
    errno.ENFILE: "raise the limit of open files (fs.file-max), or find what holds them",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "check the disk",
}


@contextlib.contextmanager
def explained(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Add to errors of the block what could not be done, to which file, and what to do.

    Args:
        path: the file.
        what: what happened, for example `cannot be written`.

    Raises:
        OSError: of the same class and with the same `errno`, raised from the system's own.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise explanation(error.errno, path, what) from error


def explanation(number: int, path: str | os.PathLike[str], what: str) -> OSError:
    """Return the error that `explained` raises for an error number of the system."""
    reason = os.strerror(number)
    remedy = _REMEDIES.get(number, "check its directory and its file system")
    return OSError(number, f"{what} ({reason[:1].lower()}{reason[1:]}): {remedy}", os.fspath(path))


_noted: set[tuple[int, Path]] = set()
"""Process ids and names: what a forked child inherits is its parent's."""


def watch_termination() -> None:
    """Remove what is noted when SIGTERM comes, if that would end the process at once."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def note_name(name: Path) -> None:
    """Have a file removed when SIGTERM comes."""
    watch_termination()
    _noted.add((os.getpid(), name))


def forget_name(name: Path) -> None:
    """Leave a file alone: it is removed already, or has another name."""
    _noted.discard((os.getpid(), name))


def _terminate(number: int, _frame: FrameType | None) -> None:
    for process, name in _noted.copy():
        if process == os.getpid():
            with contextlib.suppress(OSError):
                name.unlink()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


_REFUSALS = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})
"""What file systems and kernels without `O_TMPFILE` answer; `ENOENT` is also that of a missing directory."""

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_LONGEST_STEM = 200
"""Bytes of the target's name in that of the unfinished file: file systems allow 255 in all."""


class Unfinished:
    """A file that is being written, for a target that it may replace.

    Attributes:
        descriptor: of the open file.
        mode: the permissions of a new file in this directory, by the umask or its default ACL.
    """

    def __init__(self, target: Path, descriptor: int, mode: int, name: Path | None = None) -> None:
        self._target = target
        self._name = name
        self.descriptor = descriptor
        self.mode = mode

    def publish(self) -> None:
        """Put the file in the target's place, and close it; raise OSError if it cannot be put there."""
        if self._name is None and self._linked_to(self._target):
            self.close()
            return
        name = self._name or self._linked()
        if not locks.ADVISORY:
            self.close()  # Windows renames no open files
        name.replace(self._target)
        forget_name(name)
        self._name = None
        self.close()

    def discard(self) -> None:
        """Remove the file."""
        try:
            with contextlib.suppress(OSError):
                if self._name and self._is_called(self._name):
                    self._name.unlink()
        finally:
            if self._name:
                forget_name(self._name)
            self.close()

    def close(self) -> None:
        """Give the descriptor back, and leave the file as it is."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _is_called(self, name: Path) -> bool:
        """Whether this file has that name, and not another one: an interrupt may have come before it had."""
        return self.descriptor < 0 or locks.has_name(self.descriptor, name)

    def _linked(self) -> Path:
        """Return a name for the file, for as long as it takes to replace the target: a link cannot do that itself."""
        _locked(self.descriptor)
        self._name = _spare(self._target)
        if not self._linked_to(self._name):
            self._name = _unique(self._target)
            self._linked_to(self._name)
        return self._name

    def _linked_to(self, name: Path) -> bool:
        # Python follows the link in /proc only when a directory is given.
        directory = os.open(name.parent, os.O_RDONLY | _FLAGS)
        try:
            os.link(_in_proc(self.descriptor), name.name, dst_dir_fd=directory, follow_symlinks=True)
        except FileExistsError:
            return False
        finally:
            os.close(directory)
        return True


def unfinished(target: Path) -> Unfinished:
    """Return a new empty file that can take the target's place, after removing what dead processes left of such.

    Raises:
        OSError: the directory cannot be written.
    """
    return _anonymous(target) or _named(target)


def _anonymous(target: Path) -> Unfinished | None:
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        descriptor = os.open(target.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno in _REFUSALS:
            return None
        raise
    if not os.path.exists(_in_proc(descriptor)):  # noqa: PTH110 - half the time
        os.close(descriptor)
        return None
    _remove_if_abandoned(_spare(target))
    return Unfinished(target, descriptor, _made_private(descriptor))


def _named(target: Path) -> Unfinished:
    _sweep(target)
    mode = _mode_of_new_file(target)
    while True:
        name = _unique(target)
        note_name(name)
        try:
            descriptor = os.open(name, _CREATE | _FLAGS, 0o600)
        except OSError:
            forget_name(name)
            raise
        # Between these two lines another process may have taken it for abandoned.
        if _locked(descriptor) and os.fstat(descriptor).st_nlink:
            return Unfinished(target, descriptor, mode, name)
        forget_name(name)
        os.close(descriptor)


def _made_private(descriptor: int) -> int:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    os.fchmod(descriptor, 0o600)
    return mode


def _mode_of_new_file(target: Path) -> int:
    """Return the mode that the system gives a new file: `os.umask` cannot be read without changing it for a moment."""
    name = _unique(target)
    descriptor = os.open(name, _CREATE | _FLAGS, 0o666)
    try:
        return stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
        name.unlink(missing_ok=True)


def _sweep(target: Path) -> None:
    ours = re.compile(re.escape(_name(target, "NAME")).replace("NAME", r"(spare|\d+\.[0-9a-f]{16})"))
    with os.scandir(target.parent) as entries:
        found = [entry.name for entry in entries if ours.fullmatch(entry.name)]
    for name in found:
        _remove_if_abandoned(target.parent / name)


def _remove_if_abandoned(path: Path) -> None:
    with contextlib.suppress(OSError):
        if not locks.ADVISORY:
            path.unlink()
            return
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | _FLAGS)
        try:
            if locks.take(descriptor) and locks.has_name(descriptor, path):
                path.unlink()
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock a file; return False if another process has. Where there are no locks, no file counts as abandoned."""
    try:
        return not locks.ADVISORY or locks.take(descriptor)
    except OSError:
        return True


def _in_proc(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"


def _spare(target: Path) -> Path:
    """Return the name that one file at a time has between link and replacement; a kill there leaves it."""
    return target.parent / _name(target, "spare")


def _unique(target: Path) -> Path:
    return target.parent / _name(target, f"{os.getpid()}.{secrets.token_hex(8)}")


def _name(target: Path, what: str) -> str:
    stem = os.fsencode(target.name)[:_LONGEST_STEM].decode(errors="ignore")
    return f".{stem}.{what}.s3-failover.part"
