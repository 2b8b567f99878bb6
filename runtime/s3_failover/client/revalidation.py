"""Refreshing a file in the background, while callers are served the old one (RFC 5861, stale-while-revalidate)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from s3_failover.client import forks
from s3_failover.client.waiting import left

PATIENCE = 0.3
"""Seconds without a byte after which a caller that has an old file waits no longer."""

_SLICE = 0.05
"""Seconds between two looks at whether the caller's request was given up."""

Work = Callable[[Callable[[], None]], object]
"""Refreshes the file, and calls what it is given whenever bytes arrive."""


class Revalidation:
    """One refresh, and how it ended.

    Attributes:
        error: what it raised; None while it runs, and after a success.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._done = threading.Event()
        self._moved_at = time.monotonic()

    def run(self, work: Work) -> None:
        """Do the work."""
        try:
            work(self._moved)
        except BaseException as error:
            self.error = error
        finally:
            self._done.set()

    def wait(self, until: float) -> bool:
        """Wait as long as bytes arrive, and no longer than `until` on the monotonic clock; return whether it ended.

        A caller that comes when nothing has arrived for a while does not wait at all.

        Raises:
            CancelledError: the request that waits was given up.
        """
        while not self._done.is_set():
            try:
                seconds = min(left(until), self._moved_at + PATIENCE - time.monotonic(), _SLICE)
            except TimeoutError:
                break
            if seconds <= 0:
                break
            self._done.wait(seconds)
        return self._done.is_set()

    def _moved(self) -> None:
        self._moved_at = time.monotonic()


class Revalidations:
    """The refreshes of this process, by name: one at a time for each."""

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Forget those of the parent's threads."""
        self._running: dict[str, Revalidation] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, work: Work) -> Revalidation:
        """Return the refresh of this name that runs, or begin one, in a daemon thread."""
        with self._lock:
            running = self._running.get(name)
            if running is not None:
                return running
            running = self._running[name] = Revalidation()
        try:
            threading.Thread(
                target=self._run, args=(name, running, work), name="s3-failover-cache", daemon=True
            ).start()
        except RuntimeError:
            # No thread to be had: the caller has to wait.
            self._run(name, running, work)
        return running

    def _run(self, name: str, running: Revalidation, work: Work) -> None:
        running.run(work)
        with self._lock:
            if self._running.get(name) is running:
                del self._running[name]
