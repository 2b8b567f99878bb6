"""Leaving a failing region alone for a while, and finding out when it is back."""

from __future__ import annotations

import random
from dataclasses import dataclass

from s3_failover.client.checks import is_number, positive, text, whole
from s3_failover.client.errors import InvalidConfiguration

_POSITIVE = ("base_ejection_time", "max_ejection_time", "latency_minimum", "throttle_time")
_WHOLE = ("consecutive_failures", "latency_requests")
_LONGEST_PAUSE = 20.0
"""Seconds: the longest backoff of the AWS SDKs (AWS SDKs and Tools Reference Guide, "Retry behavior")."""


@dataclass(frozen=True, kw_only=True)
class Ejection:
    """When a region is ejected, and for how long; the names are Envoy's (outlier detection).

    An ejected region is asked last, never skipped. When its time is up, one request at a time asks it in its turn: an
    answer brings it back, a failure ejects it again, for twice as long.

    A region is ejected for failures; for being an outlier, far slower than the others (never the last one that is
    left); and, for a short time, when S3 there asks for patience (SlowDown, 429).

    Attributes:
        consecutive_failures: failed attempts in a row that eject; 1 by default.
        base_ejection_time: seconds of the first ejection; 5 by default.
        max_ejection_time: seconds at most, before jitter; 300 by default.
        jitter: the part by which a time is longer or shorter at random, so that hosts do not probe in step; 0.2 by
            default.
        latency_factor: how many times the median of the other regions an attempt takes that is far slower; 10 by
            default, None for never.
        latency_minimum: seconds, of a request or of each 256 KiB of its body, from which on a region may be called
            slow, however fast the others are; 0.75 by default, more than a far region needs to connect.
        latency_requests: attempts in a row that are far slower and eject; 3 by default.
        throttle_time: seconds of the first pause that S3 asks for; doubled each time, to 20 seconds; 1 by default.

    Raises:
        InvalidConfiguration: a value is out of range.
    """

    consecutive_failures: int = 1
    base_ejection_time: float = 5.0
    max_ejection_time: float = 300.0
    jitter: float = 0.2
    latency_factor: float | None = 10.0
    latency_minimum: float = 0.75
    latency_requests: int = 3
    throttle_time: float = 1.0

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in _POSITIVE:
            positive(f"ejection {name}", getattr(self, name))
        for name in _WHOLE:
            whole(f"ejection {name}", getattr(self, name))
        factor = self.latency_factor
        if factor is not None and not (is_number(factor) and factor > 1):
            msg = f"ejection latency_factor is {self.latency_factor!r}, expected more than 1, or None for never"
            raise InvalidConfiguration(msg)
        if not is_number(self.jitter) or not 0 <= self.jitter < 1:
            msg = f"ejection jitter is {self.jitter!r}, expected a part of the time, 0 to less than 1"
            raise InvalidConfiguration(msg)
        if self.base_ejection_time > self.max_ejection_time:
            msg = (
                f"ejection base_ejection_time is {self.base_ejection_time:g} s, expected at most max_ejection_time, "
                f"{self.max_ejection_time:g} s"
            )
            raise InvalidConfiguration(msg)

    def seconds(self, times: int) -> float:
        """Return how long the n-th ejection in a row lasts, jitter included; the first is 1."""
        # The exponent is bounded before it is used: 2.0 ** 1024 overflows.
        growth = 2.0 ** min(times - 1, 64)
        lasting = min(self.base_ejection_time * growth, self.max_ejection_time)
        return lasting * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 - it spreads load

    def throttled_seconds(self, times: int) -> float:
        """Return how long the n-th pause in a row lasts that S3 asks for: half of it at random (equal jitter)."""
        lasting = min(self.throttle_time * 2.0 ** min(times - 1, 64), _LONGEST_PAUSE)
        return lasting * random.uniform(0.5, 1)  # noqa: S311 - it spreads load


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Asking a failing region for a sign of life when no request does.

    While a region fails or is misconfigured, one background thread of the client reads a small object there; without
    traffic the gauge would stay at 1 for ever. Any answer counts as life, a missing object too.

    Attributes:
        interval: seconds between two probes of a region, 20 % more or less at random; 30 by default.
        key: the object to read; by default the health object that a site of this project has.

    Raises:
        InvalidConfiguration: the interval is not positive, or the key is empty.
    """

    interval: float = 30.0
    key: str = "_s3-failover/health.txt"

    def __post_init__(self) -> None:
        """Refuse what cannot be asked for."""
        positive("probe interval", self.interval)
        text("probe key", self.key)
