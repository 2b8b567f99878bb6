"""A request that is sent to a second region when the first one is slow."""

from __future__ import annotations

import queue
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from s3_failover.client.attempt import Attempt, Outcome
from s3_failover.client.guard import Guard
from s3_failover.client.hedging import Hedging
from s3_failover.client.pool import RegionState
from s3_failover.client.request import Run
from s3_failover.client.tokens import TokenBucket

T = TypeVar("T")


class Race(Generic[T]):
    """The attempts of one request, each in a thread; the first answer wins, and the others are shut down.

    Args:
        run: the request.
        hedging: when the second attempt starts.
        budget: whether it may.
        threads: where attempts run.

    Attributes:
        hedged: whether there was a second attempt while the first still ran.
    """

    def __init__(self, run: Run[T], hedging: Hedging, budget: TokenBucket, threads: ThreadPoolExecutor) -> None:
        self._run = run
        self._hedging = hedging
        self._budget = budget
        self._threads = threads
        self._finished: queue.SimpleQueue[tuple[Guard, Attempt | BaseException, T | None]] = queue.SimpleQueue()
        self._running: set[Guard] = set()
        self._local: Exception | None = None
        self.hedged = False

    def perform(self) -> T:
        """Return the first answer.

        Raises:
            RequestFailed, botocore.exceptions.ClientError: as `Run.perform`.
        """
        self._budget.earn()
        hedge_at: float | None = time.monotonic() + self._hedging.delay
        try:
            while self._running or (self._local is None and self._start()):
                finished = self._wait(hedge_at)
                if finished is None:
                    hedge_at = None
                    self._hedge()
                elif self._ends(finished[0]):
                    return finished[1]  # type: ignore[return-value]
        finally:
            for guard in self._running:
                guard.cancel()
        raise self._local or self._run.exhausted()

    def _ends(self, attempt: Attempt) -> bool:
        try:
            return self._run.ends(attempt)
        except Exception as error:
            # This host could not send one more request, which the other one may not need.
            if attempt.outcome is not Outcome.LOCAL or not self._running:
                raise
            self._local = error
            return False

    def _hedge(self) -> None:
        if self._run.can_hedge and self._budget.spend():
            self.hedged = True
            self._start(hedged=True)

    def _start(self, *, hedged: bool = False) -> bool:
        begun = self._run.begin()
        if begun is None:
            return False
        self._running.add(begun[2])
        try:
            self._threads.submit(self._attempt, *begun, hedged)
        except RuntimeError:
            # No thread to be had, or the client was closed meanwhile, which the attempt itself will say.
            self._attempt(*begun, hedged)
        return True

    def _attempt(self, state: RegionState, probe: bool, guard: Guard, hedged: bool) -> None:
        try:
            self._finished.put((guard, *self._run.attempt(state, probe, guard, hedged=hedged)))
        except BaseException as error:
            # The thread that waits must not wait for ever.
            self._finished.put((guard, error, None))

    def _wait(self, until: float | None) -> tuple[Attempt, T | None] | None:
        """Return the next attempt that ends, or None when it is `until` on the monotonic clock."""
        try:
            timeout = None if until is None else max(until - time.monotonic(), 0)
            guard, attempt, value = self._finished.get(timeout=timeout)
        except queue.Empty:
            return None
        self._running.discard(guard)
        if isinstance(attempt, BaseException):
            raise attempt
        return attempt, value
