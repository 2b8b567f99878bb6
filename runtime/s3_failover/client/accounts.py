"""Reports one request to the listeners, however it ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from s3_failover.client import failures
from s3_failover.client.attempt import Attempt
from s3_failover.client.listener import Listeners, Request, Result


class Account:
    """Tells listeners of a request when the block ends: all that it does belongs to the request.

    Args:
        listeners: get the reports.
        operation: boto3's method.
        key: the object's key.

    Attributes:
        begin: when it began, on the monotonic clock.
        attempts: those of the request, oldest first.
    """

    __slots__ = ("_key", "_listeners", "_operation", "attempts", "begin")

    def __init__(self, listeners: Listeners, operation: str, key: str) -> None:
        self._listeners = listeners
        self._operation = operation
        self._key = key
        self.begin = time.monotonic()
        self.attempts: Sequence[Attempt] = ()

    def __enter__(self) -> Self:
        """Begin the request."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell how it ended."""
        if self._listeners.request:
            result = Result.SUCCESS if error is None else failures.result_of(error)
            taken = time.monotonic() - self.begin
            self._listeners.request(Request(self._operation, self._key, result, taken, tuple(self.attempts)))
