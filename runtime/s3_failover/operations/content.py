"""The files of a directory as objects: keys, content types, cache headers."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import mimetypes
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3_failover.errors import UserError

PART = 16 * 1024 * 1024
"""Bytes of a part; larger files are uploaded in parts, with parts as large as it takes to have at most 10,000."""

_MOST_PARTS = 10_000
_LONGEST_KEY = 1024
"""Bytes of a key in UTF-8 (S3 User Guide, object-keys)."""

# An instance of its own knows the built-in types only: the same file gets the same type on every machine.
_TYPES = mimetypes.MimeTypes()


@dataclass(frozen=True)
class File:
    """A file and the object that it becomes.

    Attributes:
        key: the path below the directory, with slashes.
        path: the file.
        size: bytes.
        headers: what is stored with it, as PutObject spells it: `ContentType`, and `CacheControl` if a rule says so.
    """

    key: str
    path: Path
    size: int
    headers: Mapping[str, str]

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


@dataclass(frozen=True)
class Digest:
    """What S3 says about a content, computed from the file.

    Attributes:
        etag: as in a listing, with its quotes; under KMS S3 has another one.
        sha256: as HeadObject says it: Base64, with the number of parts if there are several.
    """

    etag: str
    sha256: str


def digest(file: File) -> Digest:
    """Return what S3 will say about a file's content.

    Raises:
        UserError: the file cannot be read.
    """
    parts = list(_parts(file))
    if not file.in_parts:
        md5, sha = parts[0]
        return Digest(f'"{md5.hex()}"', base64.b64encode(sha).decode())
    count = len(parts)
    whole = hashlib.md5(b"".join(part for part, _ in parts), usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(b"".join(part for _, part in parts)).digest()).decode()
    return Digest(f'"{whole}-{count}"', f"{sha256}-{count}")


def _parts(file: File) -> Iterator[tuple[bytes, bytes]]:
    try:
        with file.path.open("rb") as stream:
            while True:
                piece = stream.read(file.part)
                if piece or not stream.tell():
                    yield hashlib.md5(piece, usedforsecurity=False).digest(), hashlib.sha256(piece).digest()
                if len(piece) < file.part:
                    return
    except OSError as error:
        raise UserError(f"{file.path}: cannot be read: {error.strerror}") from error


def files(directory: Path, *, exclude: Sequence[str], cache_control: Mapping[str, str]) -> list[File]:
    """Return the files of a directory and all below it, in the order of their keys.

    Args:
        directory: the directory; links to files are followed, links to directories are not.
        exclude: patterns of keys that are left out; `*` matches slashes too.
        cache_control: patterns of keys and their `Cache-Control`; the first that matches counts.

    Raises:
        UserError: there is no such directory, nothing in it, something that cannot be read, or a name that cannot be a
            key.
    """
    if not directory.is_dir():
        raise UserError(f"{directory} is no directory, expected one with the files to publish")
    found = [
        File(key, path, size, _headers(key, cache_control)) for key, path, size in _regular_files(directory, exclude)
    ]
    if not found:
        raise UserError(f"nothing to publish in {directory}, expected a directory with at least one file")
    for file in found:
        _require_key(file)
    return sorted(found, key=lambda file: file.key)


def _regular_files(directory: Path, exclude: Sequence[str]) -> Iterator[tuple[str, Path, int]]:
    """Yield key, path and size of each, and pass over nothing that may be meant: --delete would delete it."""

    def refuse(error: OSError) -> None:
        if not matches(f"{Path(error.filename).relative_to(directory).as_posix()}/", exclude):
            raise UserError(f"{error.filename}: cannot be read: {error.strerror}; mend or exclude it") from error

    for folder, _, names in os.walk(directory, onerror=refuse):
        for path in (Path(folder, name) for name in names):
            key = path.relative_to(directory).as_posix()
            if matches(key, exclude):
                continue
            try:
                found = path.stat()
            except OSError as error:
                raise UserError(f"{path}: cannot be read: {error.strerror}; mend or exclude it") from error
            if stat.S_ISREG(found.st_mode):
                yield key, path, found.st_size


def matches(key: str, patterns: Sequence[str]) -> bool:
    """Return whether one of the patterns matches a key; `*` matches slashes too."""
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in patterns)


def content_type(key: str) -> str:
    """Return the Content-Type for a key: by its ending, text as UTF-8, unknown endings as plain bytes."""
    guessed, encoding = _TYPES.guess_type(key)
    if guessed is None or encoding is not None:
        return "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed


def _headers(key: str, cache_control: Mapping[str, str]) -> dict[str, Any]:
    rule = next((value for pattern, value in cache_control.items() if matches(key, [pattern])), None)
    return {"ContentType": content_type(key)} | ({"CacheControl": rule} if rule else {})


def _require_key(file: File) -> None:
    try:
        length = len(file.key.encode())
    except UnicodeEncodeError as error:
        raise UserError(
            f"{str(file.path)!r} has a name that is no UTF-8, expected one: rename or exclude it"
        ) from error
    if length > _LONGEST_KEY:
        raise UserError(f"{file.path}: the key has {length} bytes, S3 takes {_LONGEST_KEY}: rename or exclude it")
    if any(ord(character) < 32 or ord(character) == 127 for character in file.key):
        raise UserError(f"{str(file.path)!r} has a control character in its name: rename or exclude it")
