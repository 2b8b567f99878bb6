"""A request on its way through the regions, one after the other, or hedged when the first one is slow."""

import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar, cast, get_args

from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import Guard, current_cancellation
from s3_failover.client.net.sender import Call, Ended, Sender
from s3_failover.client.objects import REGION_FAILURES, Attempt, Outcome
from s3_failover.client.regions.pool import RegionPool, Turn
from s3_failover.client.results import Listeners, failure_of_all, failure_of_attempt, out_of_time, out_of_tokens
from s3_failover.client.settings import Hedging, TokenBucket

T = TypeVar("T")

Policy = Literal["raise", "try_next"]

_ELSEWHERE = frozenset({Outcome.THROTTLED, Outcome.DEADLINE, Outcome.UNSUITABLE})
"""What is no failure of the region, and says nothing about the others."""


_PAID = REGION_FAILURES | {Outcome.THROTTLED, Outcome.DEADLINE}
"""What a retry budget pays for: load on other regions that a failure of one makes."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What to do about answers that are no failures of a region: raise them, or see what the next region says."""

    not_found: Policy = "raise"
    forbidden: Policy = "try_next"

    def __post_init__(self) -> None:
        """Refuse a word that would quietly mean "raise"."""
        for name in ("not_found", "forbidden"):
            if (value := getattr(self, name)) not in get_args(Policy):
                raise InvalidConfiguration(f'{name} is "{value}", expected "raise" or "try_next"')

    def move_on(self, outcome: Outcome, parameters: Mapping[str, Any]) -> bool:
        """Whether a request goes to the next region after this outcome.

        One version is the same wherever it is, and no region is known to have them all: it is looked for in every one.
        """
        if outcome is Outcome.NOT_FOUND:
            return self.not_found == "try_next" or "VersionId" in parameters
        if outcome is Outcome.MISCONFIGURED:
            return self.forbidden == "try_next"
        return outcome in REGION_FAILURES or outcome in _ELSEWHERE


class Start(NamedTuple):
    """An attempt that is about to begin: whose turn it is, and the limit on the attempt."""

    turn: Turn
    guard: Guard


class Run(Generic[T]):
    """One request: asks one region after the other, each at most once, until an answer ends it.

    Args:
        call: what is asked.
        deadline: when time is up, on the monotonic clock.
        pool: the regions.
        sender: sends attempts.
        policies: what to do about answers that are no failures.
        tokens: pay for attempts after a failure; None if they are free.

    Attributes:
        attempts: those that have ended, oldest first.
        regions: how many regions have not been asked yet.
    """

    def __init__(
        self,
        call: Call[T],
        deadline: float,
        *,
        pool: RegionPool,
        sender: Sender,
        policies: Policies,
        tokens: TokenBucket | None = None,
    ) -> None:
        self._call: Call[Any] = call
        self._deadline = deadline
        self._pool = pool
        self._sender = sender
        self._policies = policies
        self._tokens = tokens
        self._owes = False
        if tokens:
            tokens.earn()
        self._cancellation = current_cancellation()
        self._rotation = pool.rotation()
        self.attempts: list[Attempt] = []
        self.regions = len(pool.states)

    def perform(self) -> T:
        """Return the first answer, without a pause in between.

        Raises:
            RequestFailed: there is no answer.
            botocore.exceptions.ClientError: the answer is an error that every region would give.
            OSError: the local disk is at fault.
        """
        while (begun := self.begin()) is not None:
            ended = self.attempt(begun)
            if self.ends(ended.attempt):
                return cast("T", ended.value)
        raise self.exhausted()

    def begin(self) -> Start | None:
        """Return the attempt to make next; None when no region is left.

        An attempt after a failure is paid for here: no attempt of the request runs then, so that none can still win.

        Raises:
            DeadlineExceeded: there is no time for it.
            RetryBudgetExhausted: no token is left for it.
            CancelledError: the answer is no longer wanted.
        """
        turn = next(self._rotation, None)
        if turn is None:
            return None
        self.regions -= 1
        error = self._obstacle()
        if error is not None:
            turn.end()
            raise error
        return Start(turn, self._sender.guard(self._deadline, self.regions + 1))

    @property
    def can_hedge(self) -> bool:
        """Whether a region and time are left for another attempt."""
        return self.regions > 0 and time.monotonic() < self._deadline

    def _obstacle(self) -> BaseException | None:
        """Return what keeps the next attempt from being sent; otherwise pay for it."""
        if time.monotonic() >= self._deadline:
            return self._caused(out_of_time(str(self._call), self.attempts, self._pool.regions))
        if self._cancellation and self._cancellation.cancelled:
            return CancelledError()
        owes, self._owes = self._owes, False
        if owes and self._tokens and not self._tokens.spend():
            return self._caused(out_of_tokens(str(self._call), self.attempts, self._pool.regions))
        return None

    def attempt(self, start: Start, *, hedged: bool = False) -> Ended[T]:
        """Ask one region, and take note of how that went."""
        turn, guard = start
        try:
            ended = self._sender.attempt(
                turn.state.region,
                self._call,
                guard,
                regions=self.regions + 1,
                hedged=hedged,
                probe=turn.probe,
                cancellation=self._cancellation,
            )
        finally:
            turn.end()
        self._pool.record(turn.state, ended.attempt)
        return ended

    def ends(self, attempt: Attempt) -> bool:
        """Whether an attempt is the answer; False to ask the next region.

        Raises:
            RequestFailed, botocore.exceptions.ClientError, OSError: it is, and it is an error.
        """
        self.attempts.append(attempt)
        if attempt.outcome is Outcome.SUCCESS:
            return True
        if self._policies.move_on(attempt.outcome, self._call.parameters):
            self._owes = self._owes or attempt.outcome in _PAID
            return False
        raise self._caused(failure_of_attempt(str(self._call), self.attempts, self._pool.regions))

    def exhausted(self) -> BaseException:
        """Return what to raise when no region is left."""
        return self._caused(failure_of_all(str(self._call), self.attempts, self._pool.regions))

    def _caused(self, error: BaseException) -> BaseException:
        """Return an error with the last attempt's as its cause, unless it is that one itself."""
        last = self.attempts[-1].error if self.attempts else None
        if error is not last:
            error.__cause__ = last
        return error


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
        self._finished: queue.SimpleQueue[tuple[Guard, Ended[T] | BaseException]] = queue.SimpleQueue()
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
                ended = self._wait(hedge_at)
                if ended is None:
                    hedge_at = None
                    self._hedge()
                elif self._ends(ended.attempt):
                    return cast("T", ended.value)
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
        start = self._run.begin()
        if start is None:
            return False
        self._running.add(start.guard)
        try:
            self._threads.submit(self._attempt, start, hedged=hedged)
        except RuntimeError:
            # No thread to be had, or the client was closed meanwhile, which the attempt itself will say.
            self._attempt(start, hedged=hedged)
        return True

    def _attempt(self, start: Start, *, hedged: bool) -> None:
        try:
            self._finished.put((start.guard, self._run.attempt(start, hedged=hedged)))
        except BaseException as error:
            # The thread that waits must not wait for ever.
            self._finished.put((start.guard, error))

    def _wait(self, until: float | None) -> Ended[T] | None:
        """Return the next attempt that ends, or None when it is `until` on the monotonic clock."""
        try:
            timeout = None if until is None else max(until - time.monotonic(), 0)
            guard, ended = self._finished.get(timeout=timeout)
        except queue.Empty:
            return None
        self._running.discard(guard)
        if isinstance(ended, BaseException):
            raise ended
        return ended


class Hedger:
    """Hedged requests of one client: which may be hedged, and the threads in which their attempts run.

    Args:
        hedging: when a second attempt starts.
        most: requests that are hedged at a time, at most, with two threads each; others go unhedged.
        listeners: are called when a request ends that was sent twice.
    """

    def __init__(self, hedging: Hedging, most: int, listeners: Listeners) -> None:
        self._hedging = hedging
        self._budget = hedging.bucket()
        self._most = most
        self._listeners = listeners
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Begin anew in a forked child, without the parent's threads."""
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self._most)

    def perform(self, run: Run[T]) -> T:
        """Return the first answer to a request.

        Raises:
            RequestFailed, botocore.exceptions.ClientError: as `Run.perform`.
        """
        slots = self._slots
        # Without a free thread a request would wait for one, and its region would look slow.
        if not slots.acquire(blocking=False):
            return run.perform()
        race = Race(run, self._hedging, self._budget, self._executor())
        try:
            return race.perform()
        finally:
            slots.release()
            if race.hedged and self._listeners.hedge:
                last = run.attempts[-1] if run.attempts else None
                self._listeners.hedge(won=bool(last and last.hedged and last.error is None))

    def close(self) -> None:
        """Stop all threads."""
        with self._lock:
            threads, self._threads = self._threads, None
        if threads:
            threads.shutdown()

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(2 * self._most, thread_name_prefix="s3-failover-hedge")
            return self._threads
