"""What publishing a directory would change in the primary bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s3_failover.errors import UserError
from s3_failover.operations.attributes import COMPARED
from s3_failover.operations.content import Digest, File, digest, matches
from s3_failover.operations.lacking import Lacking
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.refusals import code, explained, require_signed_in
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import THREADS
from s3_failover.operations.storage import is_archived, is_keyed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Reason(StrEnum):
    """Why a file is uploaded."""

    NEW = "new"
    CONTENT = "content"
    HEADERS = "headers"
    """Something that viewers get with the content differs, or is set and should not be."""
    ARCHIVED = "archived"
    """The object is in a storage class from which it cannot be read."""


@dataclass(frozen=True)
class Upload:
    """A file that is uploaded.

    The digest is of what was read when it was compared: exactly that is uploaded, or nothing.
    """

    file: File
    reason: Reason
    digest: Digest


@dataclass(frozen=True)
class Changes:
    """What publishing changes."""

    uploads: tuple[Upload, ...]
    """The files to upload, pages after what they refer to."""
    deletes: tuple[str, ...]
    """The keys to delete."""
    unchanged: int
    """How many files are there already."""
    stale: tuple[str, ...] = ()
    """Keys that were changed after the last invalidation, by whomever."""
    waiting: Mapping[str, str | None] = field(default_factory=dict)
    """Of these, what this directory has or deletes, with the version that replicas must have; None for what is deleted.
    An earlier run that was interrupted, or gave up, may not have seen them arrive."""
    lacking: Lacking | None = None
    """What replicas lack of what is not uploaded and not deleted, and which could not be compared; None where they were
    not compared."""
    unasked: str = ""
    """Why it is not known what `stale` should hold; empty if it is."""

    @property
    def bytes(self) -> int:
        """How much is uploaded."""
        return sum(upload.file.size for upload in self.uploads)


@dataclass(frozen=True)
class PublishedBucket:
    """The primary bucket as it was listed."""

    client: S3Client
    name: str
    held: Mapping[str, ListedObject]
    """Its entries by key; delete markers too."""
    keyed: bool = True
    """Whether objects may be encrypted with a KMS key: elsewhere replicas never get those, and no website shows them.
    """

    def uploads(self, files: Sequence[File]) -> list[Upload]:
        """Return the files that differ from what the bucket holds; every file is read for that, whatever it is.

        Raises:
            UserError: a file or an object cannot be read, or a file changed meanwhile.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            found = [upload for upload in pool.map(self._upload, files) if upload]
        # A page that is uploaded before its pictures and styles is broken for its first viewers.
        return sorted(found, key=lambda upload: upload.file.headers["ContentType"].startswith("text/html"))

    def deletes(self, files: Iterable[File], *, keep: Sequence[str]) -> list[str]:
        """Return the keys that no file has, except those that match a pattern in `keep`."""
        wanted = {file.key for file in files}
        return [
            key
            for key, entry in self.held.items()
            if not entry.deleted and key not in wanted and not matches(key, keep)
        ]

    def versions(self, keys: Iterable[str], files: Iterable[File], *, deleted: bool) -> dict[str, str | None]:
        """Return which version each of some keys has that are files or, if wanted, deleted: None for these."""
        wanted = {file.key for file in files}
        found = {key: self.held[key] for key in keys}
        return {
            key: None if entry.deleted else entry.version_id
            for key, entry in found.items()
            if (deleted if entry.deleted else key in wanted)
        }

    def _upload(self, file: File) -> Upload | None:
        found = digest(file)
        if found.size != file.size:
            raise UserError(f"{shown(file.path)} changed while it was read: run it again when nothing writes there")
        reason = self._reason(file, found)
        return Upload(file, reason, found) if reason else None

    def _reason(self, file: File, expected: Digest) -> Reason | None:
        entry = self.held.get(file.key)
        if entry is None or entry.deleted:
            return Reason.NEW
        if entry.size != file.size:
            return Reason.CONTENT
        head = self._head(file.key)
        if expected.etag != entry.etag and expected.sha256 != head.get("ChecksumSHA256"):
            return Reason.CONTENT
        if is_archived(head):
            return Reason.ARCHIVED
        if not self.keyed and is_keyed(head):
            return Reason.HEADERS
        same = all((head.get(name) or None) == file.headers.get(name) for name in COMPARED)
        return None if same else Reason.HEADERS

    def _head(self, key: str) -> Mapping[str, Any]:
        where: Any = {"Bucket": self.name, "Key": key}
        with explained(f"look at {shown(key)} in {self.name}"):
            try:
                return self.client.head_object(**where, ChecksumMode="ENABLED")
            except ClientError as error:
                # Deleted since it was listed, or encrypted with a customer's key: viewers have none.
                if code(error) not in {"400", "404"}:
                    raise
                if code(error) == "400":
                    require_signed_in(self.client, **where)
                return {}
