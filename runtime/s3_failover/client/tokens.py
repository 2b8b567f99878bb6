"""A token bucket: extra requests in proportion to the requests that there are."""

from __future__ import annotations

import threading

from s3_failover.client import forks


class TokenBucket:
    """The tokens of one client.

    Args:
        ratio: what each request adds.
        most: how many are kept.
        first: how many there are at first.
    """

    def __init__(self, ratio: float, most: float, first: float) -> None:
        self._ratio = ratio
        self._most = most
        self._tokens = first
        self._lock = threading.Lock()
        forks.tell(self)

    def after_fork(self) -> None:
        """Take a new lock, which is free."""
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Add what one request earns."""
        with self._lock:
            self._tokens = min(self._tokens + self._ratio, self._most)

    def spend(self) -> bool:
        """Take the price of one extra request, if it is there."""
        with self._lock:
            # A thousandth of slack: twenty times 0.05 is a little less than 1 in floating point.
            if self._tokens < 0.999:
                return False
            self._tokens = max(self._tokens - 1, 0.0)
            return True
