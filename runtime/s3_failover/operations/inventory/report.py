"""One inventory report as pages of entries in the order of the keys, whatever the size of the bucket."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3_failover.errors import UserError
from s3_failover.names import site as naming
from s3_failover.operations.inventory.files import require_reader, rows
from s3_failover.operations.inventory.manifest import DataFile, Manifest, newest
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.refusals import explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PAGE = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Say = Callable[[str], None]


class InventoryReport:
    """The content of a bucket when S3 made an inventory of it.

    Data files are in no order among each other (S3 User Guide, storage-inventory). Their lines go into a temporary
    database on disk, which sorts more than memory holds.

    The location is `s3://BUCKET/PREFIX` of the reports; `source` is the bucket that they must be about. Without
    `versions` the report need not tell versions apart, and has the current objects alone.

    Raises:
        UserError: there is no such report, it is damaged, or lacks a column; or pyarrow is not installed.
    """

    def __init__(self, client: S3Client, location: str, *, source: str, versions: bool, say: Say) -> None:
        require_reader()
        self._client, self._say = client, say
        self._bucket, self.manifest = newest(client, location, source=source, versions=versions)

    @property
    def created(self) -> datetime:
        """When S3 began to look: what was written later may be missing."""
        return self.manifest.created

    def entries(self, *, prefix: str = "") -> Iterator[list[ListedObject]]:
        """Return the latest version of every key, in pages, in the order of S3's keys: that of their UTF-8 bytes.

        Raises:
            UserError: a file of the report is missing or damaged.
        """
        # SQLite compares text by its UTF-8 bytes by default.
        sql = (
            "SELECT key, version_id, size, etag, modified, archive FROM entry WHERE substr(key, 1, ?) = ? ORDER BY key"
        )
        found = self._table.execute(sql, (len(prefix), prefix))
        while page := found.fetchmany(_PAGE):
            yield [
                ListedObject(key, version, size, etag, _EPOCH + timedelta(milliseconds=modified), archive)
                for key, version, size, etag, modified, archive in page
            ]

    @cached_property
    def _table(self) -> sqlite3.Connection:
        table = sqlite3.connect("")
        weakref.finalize(self, table.close)
        table.execute("PRAGMA journal_mode = OFF")
        table.execute("PRAGMA cache_size = -65536")
        columns = "key TEXT, version_id TEXT, size INTEGER, etag TEXT, modified INTEGER, archive TEXT"
        table.execute(f"CREATE TABLE entry ({columns})")
        with tempfile.TemporaryDirectory(prefix=naming.PREFIX) as directory:
            for number, file in enumerate(self.manifest.files, start=1):
                self._say(f"  {self.manifest.source}: file {number} of {len(self.manifest.files)}, {file.size:,} bytes")
                path = self._fetched(file, Path(directory) / "data")
                table.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", _latest(path, self.manifest))
        return table

    def _fetched(self, file: DataFile, path: Path) -> Path:
        name = f"s3://{self._bucket}/{file.key}"
        with explained(f"read {name}"):
            self._client.download_file(self._bucket, file.key, str(path))
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found != file.md5:
            raise UserError(f"{name} is damaged: its MD5 is {found}, expected {file.md5}: use another report")
        return path


def _latest(path: Path, manifest: Manifest) -> Iterator[tuple[Any, ...]]:
    for row in rows(path, manifest):
        if row.is_latest:
            deleted = row.is_delete_marker
            etag = "" if deleted else f'"{row.etag}"'
            yield row.key, row.version_id or "null", -1 if deleted else row.size, etag, row.modified, row.archive
