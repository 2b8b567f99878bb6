"""Giving up a request that runs in another thread: its connections are shut down, and it returns."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from s3_failover.client.guard import Guard


class Cancellation:
    """A caller's wish to end the request that it waits for."""

    def __init__(self) -> None:
        self._guards: set[Guard] = set()
        self._lock = threading.Lock()
        self.cancelled = False

    def cancel(self) -> None:
        """End what runs now, and let nothing more begin."""
        with self._lock:
            self.cancelled = True
            for guard in self._guards:
                guard.cancel()

    @contextlib.contextmanager
    def covering(self, guard: Guard) -> Iterator[None]:
        """End this attempt too when the wish comes while the block runs, or has come."""
        with self._lock:
            self._guards.add(guard)
            if self.cancelled:
                guard.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._guards.discard(guard)


_here = threading.local()


@contextlib.contextmanager
def cancellable(cancellation: Cancellation) -> Iterator[None]:
    """Let the requests of this thread be given up while the block runs."""
    _here.cancellation = cancellation
    try:
        yield
    finally:
        _here.cancellation = None


def current() -> Cancellation | None:
    """Return whose wishes the requests of this thread follow."""
    return getattr(_here, "cancellation", None)
