"""Asking a second region when the first one is slow: latency bought with a bounded number of extra requests."""

from __future__ import annotations

from dataclasses import dataclass

from s3_failover.client.checks import positive
from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.tokens import TokenBucket


@dataclass(frozen=True, kw_only=True)
class Hedging:
    """When a get or head that is slow is sent to the next region too; the first answer wins.

    Every request adds `token_ratio` of a token, a hedge costs one: extra requests are at most that part of all, also
    when every region is slow (the throttling of gRPC's A6, with a bucket that starts empty).

    Attributes:
        delay: seconds without an answer before the second request is sent; 0.2 by default. A good value is what 95 to
            99 % of requests take.
        token_ratio: extra requests per request, at most; 0.05 by default.
        max_tokens: how many unused tokens are kept for a burst; 10 by default.

    Raises:
        InvalidConfiguration: a value is out of range.
    """

    delay: float = 0.2
    token_ratio: float = 0.05
    max_tokens: float = 10.0

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("delay", "token_ratio", "max_tokens"):
            positive(f"hedging {name}", getattr(self, name))
        if self.token_ratio > 1:
            msg = f"hedging token_ratio is {self.token_ratio!r}, expected extra requests per request, at most 1"
            raise InvalidConfiguration(msg)
        if self.max_tokens < 1:
            msg = f"hedging max_tokens is {self.max_tokens!r}, expected at least 1: less never allows a hedge"
            raise InvalidConfiguration(msg)

    def bucket(self) -> TokenBucket:
        """Return the tokens of one client, none of which are there yet."""
        return TokenBucket(self.token_ratio, self.max_tokens, 0.0)
