"""One request on its way through the regions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args

from s3_failover.client import cancellation, failures
from s3_failover.client.attempt import Attempt, Outcome
from s3_failover.client.errors import InvalidConfiguration
from s3_failover.client.guard import Guard
from s3_failover.client.outcomes import REGION_FAILURES
from s3_failover.client.pool import RegionPool, RegionState
from s3_failover.client.sender import Call, Sender
from s3_failover.client.tokens import TokenBucket

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
                msg = f'{name} is "{value}", expected "raise" or "try_next"'
                raise InvalidConfiguration(msg)

    def move_on(self, outcome: Outcome, parameters: Mapping[str, Any]) -> bool:
        """Whether a request goes to the next region after this outcome.

        One version is the same wherever it is, and no region is known to have them all: it is looked for in every one.
        """
        if outcome is Outcome.NOT_FOUND:
            return self.not_found == "try_next" or "VersionId" in parameters
        if outcome is Outcome.MISCONFIGURED:
            return self.forbidden == "try_next"
        return outcome in REGION_FAILURES or outcome in _ELSEWHERE


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
        self._cancellation = cancellation.current()
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
            attempt, value = self.attempt(*begun)
            if self.ends(attempt):
                return value  # type: ignore[return-value]
        raise self.exhausted()

    def begin(self) -> tuple[RegionState, bool, Guard] | None:
        """Return the region to ask next, whether that probes it, and a guard; None when no region is left.

        An attempt after a failure is paid for here: no attempt of the request runs then, so that none can still win.

        Raises:
            DeadlineExceeded: there is no time for it.
            RetryBudgetExhausted: no token is left for it.
            CancelledError: the answer is no longer wanted.
        """
        state, probe = next(self._rotation, (None, False))
        if state is None:
            return None
        self.regions -= 1
        error = self._obstacle()
        if error is not None:
            if probe:
                state.end_probe()
            raise error
        return state, probe, self._sender.guard(self._deadline, self.regions + 1)

    @property
    def can_hedge(self) -> bool:
        """Whether a region and time are left for another attempt."""
        return self.regions > 0 and time.monotonic() < self._deadline

    def _obstacle(self) -> BaseException | None:
        """Return what keeps the next attempt from being sent; otherwise pay for it."""
        if time.monotonic() >= self._deadline:
            return self._caused(failures.out_of_time(str(self._call), self.attempts, self._pool.regions))
        if self._cancellation and self._cancellation.cancelled:
            return CancelledError()
        owes, self._owes = self._owes, False
        if owes and self._tokens and not self._tokens.spend():
            return self._caused(failures.out_of_tokens(str(self._call), self.attempts, self._pool.regions))
        return None

    def attempt(
        self, state: RegionState, probe: bool, guard: Guard, *, hedged: bool = False
    ) -> tuple[Attempt, T | None]:
        """Ask one region, and take note of how that went."""
        try:
            attempt, value = self._sender.attempt(
                state,
                self._call,
                guard,
                regions=self.regions + 1,
                hedged=hedged,
                probe=probe,
                cancellation=self._cancellation,
            )
        finally:
            if probe:
                state.end_probe()
        self._pool.record(state, attempt)
        return attempt, value

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
        raise self._caused(failures.of_attempt(str(self._call), self.attempts, self._pool.regions))

    def exhausted(self) -> BaseException:
        """Return what to raise when no region is left."""
        return self._caused(failures.of_all(str(self._call), self.attempts, self._pool.regions))

    def _caused(self, error: BaseException) -> BaseException:
        """Return an error with the last attempt's as its cause, unless it is that one itself."""
        last = self.attempts[-1].error if self.attempts else None
        if error is not last:
            error.__cause__ = last
        return error
