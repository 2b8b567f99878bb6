"""What one try in one region was: the record that errors, listeners and metrics share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
