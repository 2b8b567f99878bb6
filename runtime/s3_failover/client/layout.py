"""Keys as paths: where the file of an object is, below a directory that no key can leave."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from s3_failover.client.disk import explained, explanation
from s3_failover.client.errors import UnsafeKey

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
    if "\0" in key or not _is_unicode(key):
        raise _unsafe(key, "it has characters that no path has")
    if _WINDOWS and any(_WINDOWS & set(name) or name[-1] in " ." for name in names):
        raise _unsafe(key, "it means something else on this system")
    return names


def _is_unicode(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


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
