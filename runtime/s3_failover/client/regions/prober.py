"""Probes: a background thread asks failing regions for a sign of life while no request does."""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from s3_failover.client.errors import require_positive, require_text
from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import Cancellation
from s3_failover.client.regions.ejection import RegionState
from s3_failover.client.regions.pool import RegionPool

_log = logging.getLogger("s3_failover.client")

LOOK = 1.0
"""Seconds between two looks at which regions are due, at most."""


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
        require_positive("probe interval", self.interval)
        require_text("probe key", self.key)


class Prober:
    """Probes regions in a background thread, which is there only while a region is in doubt.

    A region is in doubt while it fails or is misconfigured, and after the deadline of a request has cut an attempt
    short: that says nothing about the region, so it is asked at once, with a probe's own time.

    Args:
        probe: how often.
        pool: the regions.
        ask: sends one attempt to a region and records it, unless it is cancelled.
    """

    def __init__(self, probe: Probe, pool: RegionPool, ask: Callable[[RegionState, Cancellation], None]) -> None:
        self._probe = probe
        self._pool = pool
        self._ask = ask
        self._stopped = threading.Event()
        self._cancellation = Cancellation()
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Have a thread of our own where the parent had one."""
        stopped = self._stopped.is_set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._cancellation = Cancellation()
        self._thread: threading.Thread | None = None
        if not stopped and self._doubtful():
            self.wake()

    def wake(self) -> None:
        """Start the thread, if it does not run. If it cannot be started, the next failure tries again."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                thread = threading.Thread(target=self._run, name="s3-failover-prober", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    _log.warning("no probes of regions without traffic: %s", error)
                else:
                    self._thread = thread

    def stop(self) -> None:
        """End the thread, and the probe that it waits for."""
        self._stopped.set()
        self._cancellation.cancel()
        with self._lock:
            thread = self._thread
        if thread and thread is not threading.current_thread():
            thread.join(timeout=5)

    def _doubtful(self) -> list[RegionState]:
        return [state for state in self._pool.states if state.doubtful]

    def _run(self) -> None:
        waits = {state: self._wait() for state in self._pool.states}
        while not self._stopped.wait(min(LOOK, self._probe.interval / 4)):
            with self._lock:
                # Under the lock: a region that becomes doubtful after this look starts a thread.
                doubtful = self._doubtful()
                if not doubtful:
                    self._thread = None
                    return
            for state in doubtful:
                due = state.suspect or time.monotonic() - state.asked_at >= waits[state]
                if due and state.begin_probe():
                    waits[state] = self._wait()
                    state.suspect = False
                    try:
                        self._ask(state, self._cancellation)
                    finally:
                        state.end_probe()

    def _wait(self) -> float:
        return self._probe.interval * random.uniform(0.8, 1.2)  # noqa: S311 - it spreads load
