"""What requests take and return, in boto3's own spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypedDict

from s3_failover.client.attempt import Attempt


class ReadParameters(TypedDict, total=False):
    """Parameters of GetObject and HeadObject that are passed on as they are (S3 API Reference, GetObject)."""

    VersionId: str
    Range: str
    PartNumber: int
    IfMatch: str
    IfNoneMatch: str
    IfModifiedSince: datetime
    IfUnmodifiedSince: datetime
    ResponseCacheControl: str
    ResponseContentDisposition: str
    ResponseContentEncoding: str
    ResponseContentLanguage: str
    ResponseContentType: str
    ResponseExpires: datetime
    SSECustomerAlgorithm: str
    SSECustomerKey: str | bytes
    SSECustomerKeyMD5: str
    RequestPayer: Literal["requester"]
    ExpectedBucketOwner: str
    ChecksumMode: Literal["ENABLED"]


@dataclass(frozen=True)
class S3Object:
    """An object that was read, or, after `head_object`, only described.

    Attributes:
        body: the bytes, as long as S3 said; `checksum` says whether they were compared too. Empty after `head_object`.
        region: the region that answered.
        response: boto3's response without `Body`.
        attempts: every attempt that had ended by then, oldest first; the last one is the answer.
    """

    body: bytes = field(repr=False)
    region: str
    response: Mapping[str, Any] = field(repr=False)
    attempts: tuple[Attempt, ...] = field(repr=False)

    @property
    def checksum(self) -> str | None:
        """The algorithm by which the body was compared with what S3 stored, for example CRC64NVME.

        None: it was compared by its length only. S3 sent no checksum, as with a range and for objects from before
        December 2024, or one whose parts have sizes that are not known.
        """
        return self.attempts[-1].checksum

    @property
    def etag(self) -> str | None:
        """S3's entity tag, with its quotes. Copies in other regions may have another: compare versions instead."""
        return self.response.get("ETag")

    @property
    def version_id(self) -> str | None:
        """The version, the same in every region; None where the bucket has no versions."""
        return self.response.get("VersionId")

    @property
    def content_type(self) -> str | None:
        """The media type."""
        return self.response.get("ContentType")

    @property
    def content_length(self) -> int:
        """The size of the object, or of the range, in bytes."""
        return int(self.response.get("ContentLength", len(self.body)))

    @property
    def last_modified(self) -> datetime | None:
        """When this copy was written."""
        return self.response.get("LastModified")

    @property
    def metadata(self) -> Mapping[str, str]:
        """The user-defined metadata."""
        found: Mapping[str, str] = self.response.get("Metadata", {})
        return found


@dataclass(frozen=True)
class Download:
    """A file that was written.

    Attributes:
        path: the file.
        region: the region it came from.
        size: its size, in bytes.
        response: boto3's response without `Body`.
        attempts: every attempt, oldest first; the last one is the answer.
    """

    path: Path
    region: str
    size: int
    response: Mapping[str, Any] = field(repr=False)
    attempts: tuple[Attempt, ...] = field(repr=False)

    @property
    def checksum(self) -> str | None:
        """The algorithm by which the bytes were compared with what S3 stored; None for their length only."""
        return self.attempts[-1].checksum

    @property
    def version_id(self) -> str | None:
        """The version, the same in every region; None where the bucket has no versions."""
        return self.response.get("VersionId")
