"""Copies one version of an object onto its key, or to another bucket: the content, and all that is stored with it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from s3_failover.client.net.checksums import ALGORITHMS
from s3_failover.errors import UserError
from s3_failover.operations.multipart import in_parts
from s3_failover.operations.refusals import code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST = 5 * 1000**3
"""Bytes that CopyObject copies at most (S3 API, CopyObject: 5 GB); what is larger is copied in parts."""

PART = 512 * 1024**2
"""Bytes of a part; more where there would be over 10,000 (S3 User Guide, qfacts)."""

PARTS_AT_ONCE = 16
"""Parts that are copied side by side, of all objects together."""

KEPT = (
    "ContentType",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "Metadata",
    "WebsiteRedirectLocation",
    "StorageClass",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
)
"""What HeadObject says and a copy must be told, or it would get defaults (S3 API, CopyObject)."""


_OF_REGION = frozenset({"ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"})
"""What the settings of a bucket decide for what is copied there from another region."""


class CopyOutcome(StrEnum):
    """The outcome for an object."""

    COPIED = "copied"
    """It has a new version."""
    CHANGED = "changed"
    """It is no longer the version that was compared: written, deleted or copied since. Nothing was done."""
    ARCHIVED = "archived"
    """It is in an archive class, or encrypted with a customer's key, so S3 cannot copy it."""
    UNRULED = "unruled"
    """No replication rule would carry a new version of it. Nothing was done."""


REASONS = {
    CopyOutcome.ARCHIVED: "archived or encrypted with a customer's key",
    CopyOutcome.UNRULED: (
        "encrypted with a KMS key, which no replication rule carries: store it without, or set encryption"
    ),
}
"""Why an object cannot be brought to the replicas at all."""


class PartRange(NamedTuple):
    """A part of an object: its number, and its first and last byte."""

    number: int
    begin: int
    last: int


class Version(NamedTuple):
    """A version of an object, and what HEAD says of it, its checksum included."""

    key: str
    id: str
    head: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Its bytes."""
        return int(self.head["ContentLength"])


class Origin(NamedTuple):
    """Another bucket that versions are copied from, and the client of its region."""

    client: S3Client
    bucket: str


@dataclass(frozen=True)
class VersionCopier:
    """Copies versions within a bucket that has versioning, or from another bucket, be it one without.

    `same_parts` keeps the parts in which an object was uploaded, and with them its ETag. `origin` is the other bucket:
    its encryption is not passed on, because a key of its region is none elsewhere.
    """

    client: S3Client
    bucket: str
    same_parts: bool = False
    origin: Origin | None = None
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(PARTS_AT_ONCE), repr=False)

    def begin(self) -> None:
        """Allow copies, those after an interrupt too."""
        self._ended.clear()

    def end(self) -> None:
        """Begin no further part."""
        self._ended.set()

    def copy(self, version: Version, **condition: Any) -> str:
        """Copy a version, and return the new one's id; `null` where there are none.

        `condition` is what must be true of the key's current version, as CopyObject and CompleteMultipartUpload take
        it: after another write in between, the copy would bury the newer content.

        Raises:
            ClientError: S3 refuses.
        """
        kept = _kept(version.head)
        if self.origin is not None:
            kept = {name: value for name, value in kept.items() if name not in _OF_REGION}
        target = {"Bucket": self.bucket, "Key": version.key, **kept}
        if self.same_parts and version.size and "-" in version.head["ETag"]:
            return self._in_parts(version, target, list(self._same_parts(version)), condition)
        if version.size > LARGEST:
            return self._in_parts(version, target, list(ranges(version.size)), condition)
        answer: Any = self.client.copy_object(
            **target,
            CopySource=self._source(version),
            MetadataDirective="REPLACE",
            TaggingDirective="COPY",
            **condition,
        )
        return str(answer.get("VersionId", "null"))

    @property
    def _reads(self) -> Origin:
        return self.origin or Origin(self.client, self.bucket)

    def _source(self, version: Version) -> Any:
        return {"Bucket": self._reads.bucket, "Key": version.key, "VersionId": version.id}

    def _same_parts(self, version: Version) -> Iterator[PartRange]:
        """Yield the parts of an upload: mostly all but the last have one size."""
        # The ETag tells how many there are (S3 API, Object).
        count = int(version.head["ETag"].strip('"').partition("-")[2])
        length = self._part_size(version, 1)
        if (count - 1) * length < version.size <= count * length:
            yield from _equal(version.size, length)
            return
        begin = 0
        for number in range(1, count + 1):
            end = begin + (length if number == 1 else self._part_size(version, number))
            yield PartRange(number, begin, end - 1)
            begin = end

    def _part_size(self, version: Version, number: int) -> int:
        return self._reads.client.head_object(**self._source(version), PartNumber=number)["ContentLength"]

    def _in_parts(
        self, version: Version, target: dict[str, Any], parts: list[PartRange], condition: Mapping[str, Any]
    ) -> str:
        source = self._source(version)
        tags = self._reads.client.get_object_tagging(**source)["TagSet"]
        tagging = {"Tagging": _tagging(tags)} if tags else {}
        # The others have one kind each when it comes in parts, be it another than now (S3 User Guide, checksums).
        has_kinds = target.get("ChecksumAlgorithm") in {"CRC32", "CRC32C"}
        kind: Any = {"ChecksumType": version.head["ChecksumType"]} if has_kinds else {}
        return in_parts(
            self.client,
            {**target, **tagging, **kind},
            lambda where: [self._pool.submit(self._part, source, where, part) for part in parts],
            {**condition, **kind},
        )

    def _part(self, source: Any, where: Any, part: PartRange) -> Any:
        if self._ended.is_set():
            raise UserError("interrupted")
        answer = self.client.upload_part_copy(
            **where, PartNumber=part.number, CopySource=source, CopySourceRange=f"bytes={part.begin}-{part.last}"
        )
        result = answer["CopyPartResult"]
        sums = {name: value for name, value in result.items() if name.startswith("Checksum")}
        return {"PartNumber": part.number, "ETag": result["ETag"], **sums}


def _kept(head: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: head[name] for name in KEPT if name in head}
    if kept.get("ServerSideEncryption") == "AES256":
        kept.pop("BucketKeyEnabled", None)
    if (until := kept.get("ObjectLockRetainUntilDate")) and until <= datetime.now(UTC):
        # It is over, and S3 takes no date in the past.
        del kept["ObjectLockRetainUntilDate"], kept["ObjectLockMode"]
    algorithm = next((name for name in ALGORITHMS if f"Checksum{name}" in head), None)
    return kept | ({"ChecksumAlgorithm": algorithm} if algorithm else {})


def _tagging(tags: Iterable[Any]) -> str:
    return urlencode({tag["Key"]: tag["Value"] for tag in tags})


def ranges(size: int) -> Iterator[PartRange]:
    """Return the parts of an object that needs not keep those it came in."""
    return _equal(size, max(PART, -(-size // 10_000)))


def _equal(size: int, part: int) -> Iterator[PartRange]:
    for number, begin in enumerate(range(0, size, part), start=1):
        yield PartRange(number, begin, min(begin + part, size) - 1)


def outcome(error: ClientError) -> CopyOutcome:
    """Return what a refusal means for the object; raise the error where it is not the object's own."""
    what = code(error)
    if what in {"404", "NoSuchKey", "NoSuchVersion", "PreconditionFailed", "412", "ConditionalRequestConflict", "409"}:
        return CopyOutcome.CHANGED
    # HEAD of an object with a customer's key is a bare 400.
    if what in {"InvalidObjectState", "ObjectNotInActiveTierError", "400"}:
        return CopyOutcome.ARCHIVED
    raise error
