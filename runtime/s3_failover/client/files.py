"""Files that are replaced at once or not at all, and leave nothing behind."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from s3_failover.client import forks
from s3_failover.client.disk import explained, explanation
from s3_failover.client.unfinished import Unfinished, unfinished

_FAILED = "cannot be written, nothing has changed"


class Replacement:
    """A new content for a file: written unseen, on disk before it is there, and gone unless it is committed.

    The directory is not synced: after a power cut the file may be the old one again, or missing if there was none, and
    never a part of the new one. What it holds can be read again.

    The file keeps its permissions; a new one gets those of any new file there. Its owner is this process. Where the
    path is a symbolic link, the link is replaced and the file behind it stays, as with boto3's `download_file`.

    Used as a context manager: whatever ends the block without `commit` leaves the file as it was. A killed process
    leaves nothing either, see `s3_failover.client.unfinished`. A forked child's copy does nothing.

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
        self.file = Output(self)
        self._owner = os.getpid()
        self._unfinished: Unfinished | None = None

    def __enter__(self) -> Self:
        """Open the unfinished file."""
        _refuse_what_is_no_file(self.path)
        with explained(self.path, _FAILED):
            self._unfinished = unfinished(self.path)
        forks.tell(self)
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
        """The descriptor of the unfinished file.

        Raises:
            RuntimeError: it is committed or closed, or the parent process's.
        """
        return self._current().descriptor

    def restart(self) -> None:
        """Forget what was written: the next region begins at the beginning.

        Raises:
            OSError: the disk failed.
        """
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


class Output:
    """What a new content is written to; writes all bytes it is given, or raises."""

    def __init__(self, replacement: Replacement) -> None:
        self._replacement = replacement

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes, and return how many: all of them.

        Raises:
            OSError: the disk is full or failed.
        """
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
