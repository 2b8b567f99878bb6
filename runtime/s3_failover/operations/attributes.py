"""What is stored with an object and no listing shows: metadata, tags, checksums, and whether it was replicated."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s3_failover.client.net.checksums import ALGORITHMS
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.parity import Drift, DriftKind
from s3_failover.operations.refusals import code, explained, require_signed_in
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import spread
from s3_failover.operations.storage import is_archived

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COMPARED = (
    "ContentType",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ExpiresString",
    "WebsiteRedirectLocation",
    "Metadata",
)
"""What HeadObject says and replication copies (S3 User Guide, replication-what-is-isnt-replicated).

`ExpiresString` is the header as it is: botocore leaves `Expires` out where that is no date.
"""

CHECKSUMS = tuple(f"Checksum{algorithm}" for algorithm in ALGORITHMS)
"""What HeadObject says of an object's checksum, by whichever algorithm it has one."""

_TIERED = "source is in an archive tier"


@dataclass(frozen=True)
class Copy:
    """A bucket, and a client in its region."""

    client: S3Client
    bucket: str


@dataclass(frozen=True)
class Attributes:
    """Compares what is stored with objects in a source and in a replica."""

    source: Copy
    replica: Copy
    versions: bool = True
    """Whether the replica has the source's version ids; else the latest versions are compared."""
    settled: datetime | None = None
    """What was written after this moment may still be on its way; None if nothing may."""

    def drifts(self, entries: Iterable[ListedObject]) -> Iterator[Drift | ListedObject]:
        """Return what differs, and the entries that could not be compared; looks at some dozens of objects at a time.

        These were changed since they were listed, or are encrypted with a customer's key. The order is any.
        """
        for found in spread(self._drift, entries):
            if found is not None:
                yield found

    def _drift(self, entry: ListedObject) -> Drift | ListedObject | None:
        with explained(f"look at {shown(entry.key)} in {self.source.bucket} and {self.replica.bucket}"):
            ours, theirs = self._of(self.source, entry), self._of(self.replica, entry)
        if ours is None or theirs is None:
            return entry
        if ours.get("ReplicationStatus") == "FAILED":
            return Drift(entry.key, DriftKind.FAILED, "the source's replication status is FAILED", source=entry)
        if is_archived(theirs) and not is_archived(ours):
            return Drift(entry.key, DriftKind.ARCHIVED, "replica is in an archive class or tier", source=entry)
        differing = [name for name in (*COMPARED, "Tags", *CHECKSUMS) if not _alike(name, ours, theirs)]
        if not differing:
            # What is in an archive class was noted when it was listed; no listing shows a tier.
            is_tiered = is_archived(ours) and not entry.archive
            return Drift(entry.key, DriftKind.SOURCE_ARCHIVED, _TIERED, source=entry) if is_tiered else None
        detail = "; ".join(f"{name} {ours.get(name)!r}, replica {theirs.get(name)!r}" for name in differing)
        recent = self.settled is not None and entry.modified > self.settled
        return Drift(entry.key, DriftKind.METADATA, detail, recent=recent, source=entry)

    def _of(self, copy: Copy, entry: ListedObject) -> dict[str, Any] | None:
        where: dict[str, Any] = {"Bucket": copy.bucket, "Key": entry.key}
        if self.versions and entry.version_id != "null":
            where["VersionId"] = entry.version_id
        with _unless_gone(copy, where):
            head: dict[str, Any] = dict(copy.client.head_object(**where, ChecksumMode="ENABLED"))
            tags = copy.client.get_object_tagging(**where)["TagSet"]
            return head | {"Tags": {tag["Key"]: tag["Value"] for tag in tags}}
        return None


def _alike(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    if name in CHECKSUMS:
        # A copy may have a checksum of another kind.
        return not (name in ours and name in theirs) or ours[name] == theirs[name]
    return bool(ours.get(name) == theirs.get(name))


@contextlib.contextmanager
def _unless_gone(copy: Copy, where: dict[str, Any]) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        # HEAD of an object with a customer's key is a bare 400: only who has the key can look at it.
        if code(error) == "400":
            require_signed_in(copy.client, **where)
        elif code(error) not in {"404", "NoSuchKey", "NoSuchVersion", "405", "MethodNotAllowed"}:
            raise
