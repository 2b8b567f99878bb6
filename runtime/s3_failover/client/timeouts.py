"""How long a client waits, at every level."""

from __future__ import annotations

from dataclasses import dataclass, fields

from s3_failover.client.checks import positive, whole
from s3_failover.client.errors import InvalidConfiguration


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a client waits, in seconds; each limit holds whatever the server does, also when it drips.

    The S3 User Guide (optimizing-performance-guidelines) advises to try again after two seconds: that is `read`.
    Credentials that have to be asked for may take as long as the deadline, and none of that is a region's time.

    Attributes:
        connect: for name resolution and TCP together, over all addresses of a region's endpoint; 1 by default.
        read: for the next byte, those of a TLS handshake too; 2 by default.
        attempt: for one attempt in one region, body included; 5 by default. Every `min_throughput` bytes that have
            arrived add one second, so that large objects have time and slow drips have not.
        deadline: for a whole get or head, all regions together; 10 by default.
        download_deadline: for a whole download to a file, all regions together; an hour by default.
        min_throughput: bytes a second below which a body counts as stalled; 262,144 by default.

    Raises:
        InvalidConfiguration: a limit is not positive, `min_throughput` is no whole number, or a limit is longer than
            the one around it.
    """

    connect: float = 1.0
    read: float = 2.0
    attempt: float = 5.0
    deadline: float = 10.0
    download_deadline: float = 3600.0
    min_throughput: int = 256 * 1024

    def __post_init__(self) -> None:
        """Refuse limits that could never be reached."""
        for field in fields(self):
            positive(f"timeouts {field.name}", getattr(self, field.name))
        whole("timeouts min_throughput", self.min_throughput)
        nested = ("connect", "attempt"), ("read", "attempt"), ("attempt", "deadline"), ("deadline", "download_deadline")
        for inner, outer in nested:
            short, long = getattr(self, inner), getattr(self, outer)
            if short > long:
                msg = (
                    f"timeouts {inner} is {short:g} s and {outer} {long:g} s, expected {inner} <= {outer}: "
                    f"shorten {inner} or lengthen {outer}"
                )
                raise InvalidConfiguration(msg)
