"""Waiting for what others do: until a deadline, and only while the caller is still there."""

from __future__ import annotations

import errno
import time
from concurrent.futures import CancelledError

from s3_failover.client import cancellation


def left(until: float) -> float:
    """Return for how many seconds to wait at most.

    Args:
        until: the deadline, on the monotonic clock.

    Raises:
        TimeoutError: for none, time is up.
        CancelledError: the request was given up.
    """
    wish = cancellation.current()
    if wish and wish.cancelled:
        raise CancelledError
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError(errno.ETIMEDOUT, "others have not finished in time")
    return seconds
