"""What is in a cached file: which object, asked for how, and whether it was compared with a checksum.

The record of a file NAME is `.NAME.s3-failover.json` beside it. It holds for a file of the size and modification time
that it names: a file that something else wrote has none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3_failover.client.files import Replacement

_log = logging.getLogger("s3_failover.client")

_SELECTING = (
    "VersionId",
    "Range",
    "PartNumber",
    "IfMatch",
    "IfNoneMatch",
    "IfModifiedSince",
    "IfUnmodifiedSince",
)
"""Parameters of GetObject that decide which bytes are the answer."""

_LONGEST_STEM = 160
"""Bytes of a file's name in that of its record: file systems allow 255 in all."""

_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Wanted:
    """What is to be in a file.

    Attributes:
        key: the object's key.
        buckets: those that may hold it: of the regions of one client.
        selection: the parameters that decide which bytes are the answer.
        compared: whether it must have been compared with a checksum.
    """

    key: str
    buckets: frozenset[str]
    selection: tuple[tuple[str, str], ...]
    compared: bool

    @classmethod
    def of(cls, key: str, buckets: Iterable[str], parameters: Mapping[str, Any], *, compared: bool) -> Wanted:
        """Return what a request asks for, with GetObject's parameters."""
        selection = tuple((name, str(parameters[name])) for name in _SELECTING if parameters.get(name) is not None)
        return cls(key, frozenset(buckets), selection, compared)

    def __str__(self) -> str:
        """Return it as messages name it."""
        return " ".join((repr(self.key), *(f"{name}={value}" for name, value in self.selection)))

    def is_answered_by(self, record: Mapping[str, Any]) -> bool:
        """Whether a file with this record holds it. Regions may have come and gone since then."""
        return (
            record["key"] == self.key
            and record["selection"] == dict(self.selection)
            and not self.buckets.isdisjoint(record["buckets"])
            and not (self.compared and record["checksum"] is None)
        )


class Records:
    """The records of files; remembers those that it has read."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, Wanted], tuple[int, ...]] = {}

    def holds(self, target: Path, found: os.stat_result, wanted: Wanted) -> bool:
        """Whether a file is known to hold what is wanted."""
        if self._known.get((target, wanted)) == _identity(found):
            return True
        record = _read(target)
        if record is None or not _is_of(record, found) or not wanted.is_answered_by(record):
            return False
        self._remember(target, wanted, found)
        return True

    def may_hold(self, target: Path, found: os.stat_result, wanted: Wanted) -> bool:
        """Whether a file can be served in an emergency: also one that something else put there.

        It has no record, or that of an older file. The latter must be of the same object, and the path of no other: a
        download of another one may have ended before its record was written.
        """
        if self.holds(target, found, wanted):
            return True
        if wanted.selection or wanted.compared:
            return False
        record = _read(target)
        return record is None or (wanted.is_answered_by(record) and not record["contested"])

    def announce(self, target: Path, wanted: Wanted) -> None:
        """Note, before a download, that the file may hold something else than its record says."""
        record = _read(target)
        if record and not record["contested"] and not wanted.is_answered_by(record):
            self._note(target, record | {"contested": True})

    def write(self, target: Path, wanted: Wanted, checksum: str | None) -> None:
        """Note what a file holds that was just written, and by which algorithm it was compared.

        Without a record it is downloaded again by the next process, which is no reason to raise.
        """
        found = target.stat()
        record = {
            "key": wanted.key,
            "buckets": sorted(wanted.buckets),
            "selection": dict(wanted.selection),
            "checksum": checksum,
            "size": found.st_size,
            "modified": int(found.st_mtime),
        }
        self._remember(target, wanted, found)
        self._note(target, record)

    def _note(self, target: Path, record: Mapping[str, Any]) -> None:
        try:
            with Replacement(path_of(target)) as replacement:
                replacement.file.write(json.dumps(record).encode())
                replacement.commit()
        except OSError as error:
            _log.warning("what %s holds cannot be noted, so that it will be downloaded again: %s", target, error)

    def _remember(self, target: Path, wanted: Wanted, found: os.stat_result) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[target, wanted] = _identity(found)


def path_of(target: Path) -> Path:
    """Return where the record of a file is."""
    name = os.fsencode(target.name)
    if len(name) > _LONGEST_STEM:
        name = name[:_LONGEST_STEM] + hashlib.sha256(name).hexdigest()[:16].encode()
    return target.parent / f".{name.decode(errors='ignore')}.s3-failover.json"


def _read(target: Path) -> dict[str, Any] | None:
    """Return the record of a file; None where it has none that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        record = json.loads(path_of(target).read_bytes())
        names = ("key", "buckets", "selection", "checksum", "size", "modified")
        return {name: record[name] for name in names} | {"contested": bool(record.get("contested"))}
    return None


def _is_of(record: Mapping[str, Any], found: os.stat_result) -> bool:
    return (record["size"], record["modified"]) == (found.st_size, int(found.st_mtime))


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def look(target: Path) -> os.stat_result | None:
    """Return what is known about a file, None if there is no such file."""
    try:
        found = os.stat(target)  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None
