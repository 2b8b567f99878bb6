"""What requests take and return, in boto3's own spelling, and the attempts that they are made of.

Errors, listeners and metrics share the record of an attempt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypedDict


class Phase(StrEnum):
    """How far an attempt came."""

    CONNECT = "connect"
    """Name resolution, TCP and TLS."""
    HEADERS = "headers"
    """The request was sent; the status line and headers were awaited."""
    BODY = "body"
    """The body was being read."""
    VERIFY = "verify"
    """The body was complete; length and checksum were compared."""


class Outcome(StrEnum):
    """How an attempt ended: the rows of the failover class table (docs/client.md)."""

    SUCCESS = "success"
    CONNECTION = "connection"
    """No connection, or one that was closed or reset: DNS, TCP, TLS, proxy."""
    TIMEOUT = "timeout"
    """No answer, or no next byte, in time."""
    TRUNCATED = "truncated"
    """The body ended early."""
    CORRUPT = "corrupt"
    """The body's checksum is not the one S3 stored."""
    NOT_AN_OBJECT = "not_an_object"
    """An answer that S3 did not give (a captive portal's, a proxy's), or of another version or range."""
    SERVER_ERROR = "server_error"
    """500, 502, 503, 504, or 408."""
    THROTTLED = "throttled"
    """SlowDown or 429: the region answers, and asks for patience."""
    NOT_FOUND = "not_found"
    """No such key or version."""
    MISCONFIGURED = "misconfigured"
    """Denied, a bucket that does not exist, one of another region, wrong keys."""
    UNSUITABLE = "unsuitable"
    """This region's copy cannot serve the request, another's may: 412, 416, archived, without a checksum."""
    REJECTED = "rejected"
    """An answer that every region would give: 304, a malformed request."""
    LOCAL = "local"
    """This host is at fault: no credentials, a full disk, a wrong parameter."""
    CANCELLED = "cancelled"
    """The caller gave up, or another attempt of the same request was faster."""
    DEADLINE = "deadline"
    """The request's deadline came before this attempt's own limit."""


REGION_FAILURES = frozenset(
    {
        Outcome.CONNECTION,
        Outcome.TIMEOUT,
        Outcome.TRUNCATED,
        Outcome.CORRUPT,
        Outcome.NOT_AN_OBJECT,
        Outcome.SERVER_ERROR,
    }
)
"""The region fails: the gauge is 1, it counts for ejection, and the request goes to the next region."""


ANSWERS = frozenset(
    {Outcome.SUCCESS, Outcome.THROTTLED, Outcome.NOT_FOUND, Outcome.MISCONFIGURED, Outcome.UNSUITABLE, Outcome.REJECTED}
)
"""The region answers: the gauge is 0. What is neither a failure nor an answer says nothing about the region."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try in one region.

    Attributes:
        region: the region's name.
        started_at: when it began, in seconds since the epoch.
        duration: how long it took, in seconds.
        phase: how far it came.
        outcome: how it ended.
        error: what was raised, None after a success.
        http_status: the HTTP status, None where there was no answer.
        request_id: S3's request id, for AWS Support.
        host_id: S3's extended request id.
        bytes_read: bytes of the body that arrived.
        checksum: S3's name of the algorithm by which the body was compared with what S3 stored, for example CRC64NVME;
            None where it was not.
        hedged: whether it was sent while another attempt of the same request was still running.
        probe: whether it asked an ejected or failing region for a sign of life.
    """

    region: str
    started_at: float
    duration: float
    phase: Phase
    outcome: Outcome
    error: BaseException | None = None
    http_status: int | None = None
    request_id: str | None = None
    host_id: str | None = None
    bytes_read: int = 0
    checksum: str | None = None
    hedged: bool = False
    probe: bool = False

    def __str__(self) -> str:
        """Return it as one line, without the exception's own text."""
        status = f" {self.http_status}" if self.http_status else ""
        cause = f" ({type(self.error).__name__})" if self.error else ""
        return f"{self.region}: {self.outcome}{status} in {self.phase} after {self.duration:.3f} s{cause}"


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


_RANGE = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """One range of bytes, as `Range` asks for it.

    Attributes:
        first: the first byte, counted from 0; None for the last ones of the object.
        last: the last byte; None for the end of the object.
        count: how many of the last bytes, where `first` is None.
    """

    first: int | None
    last: int | None
    count: int = 0

    @classmethod
    def parsed(cls, text: object) -> ByteRange | None:
        """Return the range that a `Range` names; None if S3 would ignore it.

        S3 returns one range per request (S3 API Reference, GetObject). It answers several ranges, and what is no valid
        range (RFC 9110, 14.1.1: the last byte before the first, for example), with 200 and the whole object.
        """
        found = _RANGE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            return None
        first, last, count = (int(digits) if digits else None for digits in found.groups())
        if first is not None and last is not None and last < first:
            return None
        return cls(first, last, count or 0)

    def of(self, size: int) -> tuple[int, int]:
        """Return the first and the last byte that an object of this size has of it."""
        first = max(size - self.count, 0) if self.first is None else self.first
        return first, size - 1 if self.last is None else min(self.last, size - 1)
