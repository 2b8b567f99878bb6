"""Files that are replaced at once or not at all, and leave nothing behind."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

_NO_ANONYMOUS_FILES = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})
"""What a file system or a kernel answers that knows no `O_TMPFILE` (open(2))."""

_SUFFIX = ".part"


class Replacement:
    """A new content for a file: written beside it, on disk before it is there, and gone unless it is committed.

    On Linux the file has no name until it is complete, so that even a killed process leaves nothing. Where that is not
    to be had, it is named `.NAME.PID.RANDOM.part` and locked; what a killed process left is removed when the same file
    is replaced the next time.

    Where the target is a symbolic link, the link is replaced, as boto3's `download_file` does.

    Args:
        path: the file; its directory must exist.

    Raises:
        OSError: the directory does not exist or cannot be written, or the target is a directory.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._target = Path(path)
        self._directory = self._target.parent
        self._owner = os.getpid()
        self._name: Path | None = None
        self._done = False

    def __enter__(self) -> Self:
        """Open the temporary file."""
        with self._explained():
            if self._target.is_dir() and not self._target.is_symlink():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self._target))
            self.file: BinaryIO = os.fdopen(self._anonymous() or self._named(), "wb", buffering=0)
        return self

    def restart(self) -> None:
        """Forget what was written: the next region begins at the beginning."""
        self.file.seek(0)
        self.file.truncate()

    def commit(self) -> None:
        """Put the file in the target's place, once it is on disk.

        Raises:
            OSError: the disk is full, or failed; the target is as it was.
        """
        if os.getpid() != self._owner:
            msg = "a forked child cannot finish its parent's download, expected it to make its own"
            raise RuntimeError(msg)
        with self._explained():
            os.fchmod(self.file.fileno(), self._mode())
            os.fsync(self.file.fileno())
            with _opened(self._directory) as directory:
                self._give_name(directory).replace(self._target)
                self._done = True
                os.fsync(directory)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the temporary file, if it was not committed."""
        # A child's copy of a named file is the parent's: closing is all that it may do.
        if self._name and not self._done and os.getpid() == self._owner:
            self._name.unlink(missing_ok=True)
        self.file.close()

    def _anonymous(self) -> int | None:
        if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
            return None
        try:
            return os.open(self._directory, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno in _NO_ANONYMOUS_FILES and self._directory.is_dir():
                return None
            raise

    def _named(self) -> int:
        self._sweep()
        self._name = self._free_name()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self._name, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor

    def _free_name(self) -> Path:
        return self._directory / f"{self._prefix}{os.getpid()}.{secrets.token_hex(8)}{_SUFFIX}"

    @property
    def _prefix(self) -> str:
        # A name may have 255 bytes, and the rest of this one needs some.
        return f".{os.fsdecode(os.fsencode(self._target.name)[:200])}."

    def _sweep(self) -> None:
        """Remove what dead processes left of the same target: they hold no lock any more."""
        for entry in self._directory.iterdir():
            if entry.name.startswith(self._prefix) and entry.name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    _remove_if_unlocked(entry)

    def _give_name(self, directory: int) -> Path:
        if self._name is None:
            name = self._free_name()
            # Python follows the link in /proc only when it is told a directory. From here to the replacement a kill
            # would leave the name: two system calls.
            link = f"/proc/self/fd/{self.file.fileno()}"
            os.link(link, name, src_dir_fd=directory, follow_symlinks=True)
            self._name = name
        return self._name

    def _mode(self) -> int:
        try:
            return stat.S_IMODE(self._target.stat().st_mode)
        except FileNotFoundError:
            return 0o666 & ~_umask()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Say which file could not be written, and what to do; class and number stay."""
        try:
            yield
        except OSError as error:
            why = f"{error.strerror}: {_REMEDIES.get(error.errno or 0, 'check its directory')}"
            raise OSError(error.errno, why, str(self._target)) from error


_REMEDIES = {
    errno.ENOENT: "make its directory",
    errno.ENOTDIR: "what should be its directory is a file",
    errno.EISDIR: "name a file, not a directory",
    errno.EACCES: "let this user write its directory",
    errno.EPERM: "let this user write its directory",
    errno.EROFS: "choose a directory that can be written",
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "raise the limit on file sizes",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def _remove_if_unlocked(path: Path) -> None:
    with _opened(path, getattr(os, "O_NOFOLLOW", 0)) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _umask() -> int:
    """Return the umask; `os.umask` would change it for all threads while it is read."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022
