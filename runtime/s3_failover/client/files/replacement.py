"""Atomic replacement: a file has its new content at once or not at all; and the file that a key names.

Below a directory, the file of an object has the path that its key spells, which no key can leave.
"""

import contextlib
import errno
import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from s3_failover.client.errors import UnsafeKey, is_unicode
from s3_failover.client.files.unfinished import Unfinished, explained, explanation, unfinished
from s3_failover.client.locks import call_after_fork

_UNUSABLE = frozenset({"", ".", ".."})

_WINDOWS = frozenset('<>:"\\|?*') if os.name == "nt" else frozenset()
"""What means something else in a Windows path: drives, streams, separators, wildcards."""

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


def target_for(key: str, path: str | os.PathLike[str]) -> Path:
    """Return the file for a key: the path itself or, where that is a directory, the key below it.

    Directories between that one and the file are made. What is a directory: an existing one, or a path that ends with
    the system's separator. File systems that do not tell `A` from `a` do not tell such keys apart either.

    Args:
        key: the object's key.
        path: the file or the directory.

    Raises:
        UnsafeKey: the key does not name a file below the directory.
        OSError: the directory does not exist, a directory of the key's cannot be made, or another key's file is there.
    """
    if not _is_directory(path):
        return Path(path)
    base = os.fspath(path)
    names = _names(key)
    target = Path(base, *names)
    mode = _mode_below(base, names, key)
    if mode is None:
        _make_parent(target, base)
    elif stat.S_ISDIR(mode):
        why = f"is a directory, perhaps of keys that begin with {key + '/'!r}: give one of the keys a path of its own"
        raise IsADirectoryError(errno.EISDIR, why, str(target))
    return target


def _is_directory(path: str | os.PathLike[str]) -> bool:
    if os.path.isdir(path):  # noqa: PTH112 - this is on the way to a cached file
        return True
    if not os.fspath(path).endswith(_SEPARATORS):
        return False
    why = "is no directory: make it first, or name a file, without a separator at its end"
    raise FileNotFoundError(errno.ENOENT, why, os.fspath(path))


def _names(key: str) -> list[str]:
    """Return the names between the slashes of a key."""
    names = key.split("/")
    wrong = _UNUSABLE.intersection(names)
    if wrong:
        # Two slashes are one to a file system: the file would be another key's.
        raise _unsafe(key, f"{min(wrong)!r} between its slashes is no name")
    if "\0" in key or not is_unicode(key):
        raise _unsafe(key, "it has characters that no path has")
    if _WINDOWS and any(_WINDOWS & set(name) or name[-1] in " ." for name in names):
        raise _unsafe(key, "it means something else on this system")
    return names


def _mode_below(base: str, names: list[str], key: str) -> int | None:
    """Return the mode of what has the name already; None if nothing has.

    Raises:
        UnsafeKey: a link on the way leads out of the directory.
        OSError: the way cannot be followed.
    """
    current, mode = base, None
    for name in names:
        current = os.path.join(current, name)  # noqa: PTH118 - this is on the way to a cached file
        try:
            mode = os.lstat(current).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise explanation(error.errno or errno.EIO, current, "cannot be looked up") from error
        if stat.S_ISLNK(mode) and not _leads_below(base, current):
            raise _unsafe(key, f"{current} is a link that leads elsewhere")
    return mode


def _leads_below(base: str, link: str) -> bool:
    return Path(os.path.realpath(link)).is_relative_to(os.path.realpath(base))


def _make_parent(target: Path, base: str) -> None:
    with explained(target.parent, "the directory cannot be made"):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            taken = next(parent for parent in target.parents if os.path.lexists(parent)).relative_to(base)
        else:
            return
    why = (
        f"needs a directory where {str(taken)!r} is, perhaps another key's file: give one of the keys a path of its own"
    )
    raise NotADirectoryError(errno.ENOTDIR, why, str(target))


def _unsafe(key: str, why: str) -> UnsafeKey:
    msg = (
        f"the key {key!r} cannot be a path below a directory: {why}, expected names between single slashes: "
        "give the path of the file instead of a directory"
    )
    return UnsafeKey(msg)


_FAILED = "cannot be written, nothing has changed"


class Replacement:
    """An atomic replacement of a file: written unseen, on disk before it is there, and gone unless it is committed.

    The directory is not synced: after a power cut the file may be the old one again, or missing if there was none, and
    never a part of the new one. What it holds can be read again.

    The file keeps its permissions; a new one gets those of any new file there. Its owner is this process. Where the
    path is a symbolic link, the link is replaced and the file behind it stays, as with boto3's `download_file`.

    Used as a context manager: whatever ends the block without `commit` leaves the file as it was. A killed process
    leaves nothing either, see `s3_failover.client.files.unfinished`. A forked child's copy does nothing.

    Args:
        path: the file; its directory must exist.

    Attributes:
        path: the file.
        file: takes the new content.

    Raises:
        OSError: the directory does not exist or cannot be written, or the path is a directory or a device.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        _refuse_trailing_separator(path)
        self.path = Path(path)
        self.file = OutputFile(self)
        self._owner = os.getpid()
        self._unfinished: Unfinished | None = None

    def __enter__(self) -> Self:
        _refuse_what_is_no_file(self.path)
        with explained(self.path, _FAILED):
            self._unfinished = unfinished(self.path)
        call_after_fork(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the unfinished file, if it was not committed."""
        if self._unfinished and os.getpid() == self._owner:
            self._unfinished.discard()
            self._unfinished = None

    def after_fork(self) -> None:
        """Let go of the parent's file, in a forked child: it would keep the lock and the room on disk."""
        if self._unfinished:
            self._unfinished.close()
            self._unfinished = None

    @property
    def descriptor(self) -> int:
        """The descriptor of the unfinished file; raise RuntimeError if that is over, or the parent process's."""
        return self._current().descriptor

    def restart(self) -> None:
        """Forget what was written: the next region begins at the beginning; raise OSError if the disk failed."""
        with explained(self.path, _FAILED):
            os.ftruncate(self.descriptor, 0)
            os.lseek(self.descriptor, 0, os.SEEK_SET)

    def commit(self) -> None:
        """Put the new content in the file's place, once it is on disk.

        Raises:
            OSError: the disk is full or failed; the file is as it was.
        """
        current = self._current()
        with explained(self.path, _FAILED):
            _set_attributes(current, self.path)
            os.fsync(current.descriptor)
            current.publish()
        self._unfinished = None

    def _current(self) -> Unfinished:
        if self._unfinished is None or os.getpid() != self._owner:
            msg = (
                f"this replacement of {self.path} is over or the parent process's, expected an open one: begin another"
            )
            raise RuntimeError(msg)
        return self._unfinished


class OutputFile:
    """What a new content is written to; writes all bytes it is given, or raises."""

    def __init__(self, replacement: Replacement) -> None:
        self._replacement = replacement

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes, and return how many: all of them; raise OSError if the disk is full or failed."""
        left = memoryview(data).cast("B")
        size = len(left)
        with explained(self._replacement.path, _FAILED):
            # On a disk that is almost full, the system writes what it can and says no more than how much that was.
            while left:
                left = left[os.write(self._replacement.descriptor, left) :]
        return size


def _refuse_trailing_separator(path: str | os.PathLike[str]) -> None:
    text = os.fspath(path)
    if not text or text.endswith(tuple(filter(None, (os.sep, os.altsep)))):
        number = errno.EISDIR if text else errno.ENOENT
        raise explanation(number, text, _FAILED)


def _refuse_what_is_no_file(path: Path) -> None:
    """Refuse directories and devices, also behind links."""
    with explained(path, _FAILED):
        mode = _mode_behind(path)
    if stat.S_ISDIR(mode):
        raise explanation(errno.EISDIR, path, _FAILED)
    if not stat.S_ISREG(mode):
        msg = "is a device, a pipe or a socket, expected a file: name one, or read the object with get_object"
        raise OSError(errno.EINVAL, msg, str(path))


def _mode_behind(path: Path) -> int:
    """Return the mode of what the path leads to; that of a file, where it leads to nothing."""
    try:
        if path.is_symlink() and path.readlink().is_relative_to("/proc"):
            # /dev/stdout and its like are links to whatever is open, which may be a file, not to be replaced.
            return stat.S_IFCHR
        return path.stat().st_mode
    except OSError as error:
        # A link that leads nowhere is replaced like any other.
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return stat.S_IFREG
        raise


def _set_attributes(current: Unfinished, path: Path) -> None:
    """Give the new file the old one's permissions, and the time of the download: what has a ttl counts from there."""
    mode = current.mode
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat().st_mode
        if stat.S_ISREG(found):
            mode = stat.S_IMODE(found) & 0o777
    if hasattr(os, "fchmod"):
        os.fchmod(current.descriptor, mode)
    if os.utime in os.supports_fd:
        now = time.time_ns()
        os.utime(current.descriptor, ns=(now, now))
