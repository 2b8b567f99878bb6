"""How many regions a request may ask after the first one."""

from __future__ import annotations

from dataclasses import dataclass

from s3_failover.client.checks import positive
from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.tokens import TokenBucket


@dataclass(frozen=True, kw_only=True)
class RetryBudget:
    """Pays for second and later attempts after failures from a token bucket (gRPC's A6, botocore's standard mode).

    Every request adds `token_ratio` of a token, an attempt in another region costs one. In a total outage a client
    sends at most 1 + `token_ratio` attempts for each request in the long run; without a budget, as many as there are
    regions. One failing region needs few: it is ejected, and requests begin elsewhere. Going on after an answer, such
    as a missing key with `not_found="try_next"`, is free.

    Attributes:
        token_ratio: attempts in other regions for each request, in the long run; 0.1 by default.
        max_tokens: how many tokens are kept for a burst, and how many there are at first; 10 by default. A region that
            begins to fail costs one for each request that is under way there: give a client with many threads more.

    Raises:
        InvalidConfiguration: a value is out of range.
    """

    token_ratio: float = 0.1
    max_tokens: float = 10.0

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        for name in ("token_ratio", "max_tokens"):
            positive(f"retry budget {name}", getattr(self, name))
        if self.max_tokens < 1:
            msg = f"retry budget max_tokens is {self.max_tokens!r}, expected at least 1: less never pays for an attempt"
            raise InvalidConfiguration(msg)

    def bucket(self) -> TokenBucket:
        """Return the tokens of one client, all there."""
        return TokenBucket(self.token_ratio, self.max_tokens, self.max_tokens)
