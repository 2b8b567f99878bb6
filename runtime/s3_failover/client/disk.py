"""Errors of the local disk, explained: the same class and number, the file, and what to do."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

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
