"""The files of a directory as objects: keys, content types, cache headers, and digests of exactly what was read."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import itertools
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.media_types import content_type
from s3_failover.operations.shown import shown

PART = 16 * 1024 * 1024
"""Bytes of a part; larger files are uploaded in parts, with parts as large as it takes to have at most 10,000."""

_MOST_PARTS = 10_000
_LONGEST_KEY = 1024
"""Bytes of a key in UTF-8 (S3 User Guide, object-keys)."""

_WELL_KNOWN = ".well-known"
"""Begins with a dot and is meant for the public (RFC 8615)."""


@dataclass(frozen=True)
class Rules:
    """Which files of a directory become objects, and with which headers. In patterns, `*` matches slashes too."""

    exclude: Sequence[str] = ()
    """Patterns of keys that are left out."""
    include: Sequence[str] = ()
    """Patterns of keys that are published although a name in them begins with a dot, or a link leads there out of the
    directory."""
    cache_control: Mapping[str, str] = field(default_factory=dict)
    """Patterns of keys and their `Cache-Control`; the first that matches counts."""
    content_types: Mapping[str, str] = field(default_factory=dict)
    """Patterns of keys and their `Content-Type`; the first that matches counts, before the table of `media_types`."""

    @classmethod
    def of(cls, site: Site) -> Rules:
        """Return the rules that a site's configuration has."""
        rules = site.publish
        return cls(rules.exclude, rules.include, rules.cache_control, rules.content_types)

    def headers(self, key: str) -> dict[str, Any]:
        """Return what is stored with a key, as PutObject spells it."""
        cached = _first(self.cache_control, key)
        kind = _first(self.content_types, key) or content_type(key)
        return {"ContentType": kind} | ({"CacheControl": cached} if cached else {})


@dataclass(frozen=True)
class File:
    """A file and the object that it becomes."""

    key: str
    """The path below the directory, with slashes."""
    path: Path
    size: int
    headers: Mapping[str, str]
    """What is stored with it, as PutObject spells it: `ContentType`, and `CacheControl` if a rule says so."""

    @property
    def part(self) -> int:
        """Bytes of a part when it is uploaded in parts."""
        part = PART
        while self.size > part * _MOST_PARTS:
            part *= 2
        return part

    @property
    def in_parts(self) -> bool:
        """Whether it is uploaded in parts."""
        return self.size > PART

    def open(self) -> BinaryIO:
        """Open it for reading, without waiting where a FIFO has taken its place: that reads as a file that changed."""
        try:
            return open(self.path, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK))
        except OSError as error:
            raise _unreadable(self.path, error) from error


@dataclass(frozen=True)
class Digest:
    """What S3 says about a content, computed from the file."""

    etag: str
    """As in a listing, with its quotes; under KMS S3 has another one."""
    sha256: str
    """As HeadObject says it: Base64, with the number of parts if there are several."""
    parts: tuple[str, ...] = ()
    """The SHA-256 of each part in Base64; of the whole where there are no parts."""
    size: int = 0
    """Bytes that were read."""


def digest(file: File) -> Digest:
    """Return what S3 will say about a file's content; raise UserError if the file cannot be read."""
    try:
        with file.open() as stream:
            pieces = iter(lambda: stream.read(file.part), b"")
            # One piece more than it should have tells that it has grown; a device in its place has no end.
            return digest_of(itertools.islice(pieces, file.size // file.part + 2), in_parts=file.in_parts)
    except OSError as error:
        raise _unreadable(file.path, error) from error


def digest_of(pieces: Iterator[bytes], *, in_parts: bool) -> Digest:
    """Return what S3 will say about a content that is uploaded in these pieces, or as one."""
    whole, size, sums = hashlib.md5(usedforsecurity=False), 0, []
    for piece in pieces:
        size += len(piece)
        sums.append(hashlib.sha256(piece).digest())
        whole.update(hashlib.md5(piece, usedforsecurity=False).digest() if in_parts else piece)
    sums = sums or [hashlib.sha256(b"").digest()]
    parts = tuple(base64.b64encode(each).decode() for each in sums)
    if not in_parts:
        return Digest(f'"{whole.hexdigest()}"', parts[0], parts, size)
    count = len(parts)
    sha256 = base64.b64encode(hashlib.sha256(b"".join(sums)).digest()).decode()
    return Digest(f'"{whole.hexdigest()}-{count}"', f"{sha256}-{count}", parts, size)


def files(directory: Path, rules: Rules) -> list[File]:
    """Return the files of a directory and all below it, in the order of their keys.

    Nothing is passed over that may be meant: what can or should not be published is an error unless it is excluded.

    Links to files inside it are followed.

    Raises:
        UserError: there is no such directory, nothing in it, something that cannot be read or is no file, a name that
            cannot be a key, or something that is seldom meant for the public.
    """
    _require_directory(directory)
    found = [File(key, path, size, rules.headers(key)) for key, path, size in _regular_files(directory, rules)]
    if not found:
        raise UserError(f"nothing to publish in {shown(directory)}, expected a directory with at least one file")
    for file in found:
        _require_key(file)
    return sorted(found, key=lambda file: file.key)


def _regular_files(directory: Path, rules: Rules) -> Iterator[tuple[str, Path, int]]:
    """Yield key, path and size of each, and pass over nothing that may be meant: --delete would delete it."""
    folders = [directory]
    while folders:
        folder = folders.pop()
        for path, is_folder in _entries(folder, folder.relative_to(directory).as_posix(), rules):
            key = path.relative_to(directory).as_posix()
            if is_folder:
                folders.append(path)
            elif not matches(key, rules.exclude):
                found = _stat(path)
                if stat.S_ISDIR(found.st_mode) and matches(f"{key}/", rules.exclude):
                    continue
                _require_file(path, found.st_mode)
                if not matches(key, rules.include):
                    _require_public(key, path, directory)
                yield key, path, found.st_size


def _entries(folder: Path, key: str, rules: Rules) -> list[tuple[Path, bool]]:
    """Return what a folder has, and whether each is a folder and no link to one.

    A folder that cannot be read and is excluded has nothing.
    """
    try:
        with os.scandir(folder) as found:
            return [(Path(each.path), each.is_dir(follow_symlinks=False)) for each in found]
    except OSError as error:
        if matches(f"{key}/", rules.exclude):
            return []
        raise _unreadable(folder, error, f"{key}/*") from error


def _require_directory(directory: Path) -> None:
    expected = "expected a directory with the files to publish"
    try:
        found = directory.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path has a NUL byte"
        raise UserError(f"{shown(directory)}: {reason}, {expected}") from error
    if not stat.S_ISDIR(found.st_mode):
        raise UserError(f"{shown(directory)} is no directory, {expected}")


def _unreadable(path: Path, error: OSError, pattern: str = "") -> UserError:
    excluded = f" ({shown(pattern)})" if pattern else ""
    reason = error.strerror or error
    return UserError(f"{shown(path)} cannot be read: {reason}; fix it, or exclude it with publish.exclude{excluded}")


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error


def _require_file(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise UserError(
            f"{shown(path)} is a link to a directory, which publish does not follow: put the directory itself there, "
            "or exclude it with publish.exclude"
        )
    if not stat.S_ISREG(mode):
        raise UserError(f"{shown(path)} is a FIFO, a socket or a device, expected a file: remove or exclude it")


def _require_public(key: str, path: Path, directory: Path) -> None:
    """Refuse what is seldom meant for the public: a website secondary is readable by all."""
    if _is_hidden(key):
        raise UserError(
            f"{shown(path)}: a name that begins with a dot is seldom meant for the public: "
            "exclude it with publish.exclude, or allow it with publish.include"
        )
    if path.is_symlink():
        target, root = path.resolve(), directory.resolve()
        if not target.is_relative_to(root) or _is_hidden(target.relative_to(root).as_posix()):
            raise UserError(
                f"{shown(path)} is a link to {shown(target)}, which is hidden or outside {shown(directory)}: put the "
                "file itself there, exclude the link with publish.exclude, or allow it with publish.include"
            )


def _is_hidden(key: str) -> bool:
    parts = PurePosixPath(key).parts
    return any(part.startswith(".") for part in (parts[1:] if parts[0] == _WELL_KNOWN else parts))


def matches(key: str, patterns: Sequence[str]) -> bool:
    """Return whether one of the patterns matches a key; `*` matches slashes too."""
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in patterns)


def _first(rules: Mapping[str, str], key: str) -> str | None:
    return next((value for pattern, value in rules.items() if matches(key, [pattern])), None)


def _require_key(file: File) -> None:
    try:
        length = len(file.key.encode())
    except UnicodeEncodeError as error:
        raise UserError(
            f"{str(file.path)!r} has a name that is no UTF-8, expected one: rename or exclude it"
        ) from error
    if length > _LONGEST_KEY:
        raise UserError(
            f"{shown(file.path)}: the key has {length:,} bytes, expected at most {_LONGEST_KEY:,}: rename or exclude it"
        )
    # Category Cc has the control characters of ASCII and of Latin 1.
    if any(unicodedata.category(character) == "Cc" for character in file.key):
        raise UserError(f"{str(file.path)!r} has a control character in its name: rename or exclude it")
