"""What a client knows about its regions, and the order in which a request asks them."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from s3_failover.client import forks
from s3_failover.client.attempt import Attempt, Outcome
from s3_failover.client.ejection import Ejection
from s3_failover.client.health import RegionHealth, all_failing
from s3_failover.client.listener import Listeners
from s3_failover.client.outcomes import ANSWERS, REGION_FAILURES
from s3_failover.client.outliers import Outliers, units
from s3_failover.client.region import Region
from s3_failover.client.selectors import Selector

_log = logging.getLogger("s3_failover.client")

_SHORT = frozenset({Outcome.SUCCESS, Outcome.NOT_FOUND, Outcome.UNSUITABLE, Outcome.REJECTED})
"""Answers that do not say by themselves whether a region that was slow still is."""


class RegionState:
    """One region in the eyes of one client: gauge, ejection, and who is probing.

    Attributes:
        region: the region.
        asked_at: when the region last gave or failed to give an answer, on the monotonic clock; at first, when the
            client was made.
        suspect: whether an attempt was cut short by the deadline of its request, and nothing was heard since.
        slow: whether it is ejected because it is far slower than the others.
        telling: is held while listeners are called.
    """

    def __init__(self, region: Region, ejection: Ejection) -> None:
        self.region = region
        self._health = RegionHealth(region.name)
        # When it answered well, as long as nothing else is to be known: no request has to write that down in full.
        self._answered: float | None = None
        self.asked_at = time.monotonic()
        self.suspect = False
        self.slow = False
        self._ejection = ejection
        self._ejected_until: float | None = None
        self._ejections = 0
        self._throttles = 0
        self._slow_attempts = 0
        self._slow_units = 0.0
        self._probing = False
        self._lock = threading.Lock()
        self.telling = threading.Lock()

    def after_fork(self) -> None:
        """Take new locks, and forget a probe that runs in the parent."""
        self._lock = threading.Lock()
        self.telling = threading.Lock()
        self._probing = False

    @property
    def health(self) -> RegionHealth:
        """What is known about it."""
        answered = self._answered
        return self._health if answered is None else RegionHealth(self.region.name, last_attempt=answered)

    @property
    def ejected(self) -> bool:
        """Whether requests go to the other regions first."""
        return self._ejected_until is not None

    @property
    def due(self) -> bool:
        """Whether it is ejected, and its time is up."""
        return self._ejected_until is not None and time.monotonic() >= self._ejected_until

    @property
    def doubtful(self) -> bool:
        """Whether it must be asked again, also when no request does: else its gauges would stay as they are."""
        return self.suspect or self._health.failing or self._health.misconfigured or self.ejected

    def begin_probe(self) -> bool:
        """Take the right to probe; at most one has it."""
        with self._lock:
            if self._probing:
                return False
            self._probing = True
            return True

    def end_probe(self) -> None:
        """Give the right to probe back."""
        self._probing = False

    def record(self, attempt: Attempt, slower: str | None = None) -> tuple[RegionHealth, RegionHealth] | None:
        """Take an attempt's outcome; return the health before and after it, None if it answered well as before.

        Args:
            attempt: the attempt.
            slower: what makes it far slower than the others, in words; None if it is not.
        """
        with self._lock:
            if slower or self._slow_attempts:
                taken = self._compare(attempt, slower)
                if taken:
                    return taken
            if attempt.outcome in REGION_FAILURES or attempt.outcome in ANSWERS:
                self.asked_at = time.monotonic()
                self.suspect = False
            elif attempt.outcome is Outcome.DEADLINE:
                self.suspect = True
            if attempt.outcome is Outcome.SUCCESS and self._answered is not None:
                self._answered = attempt.started_at + attempt.duration
                return None
            before = self.health
            if attempt.outcome in REGION_FAILURES:
                self._health = self._after_failure(attempt)
                self._answered = None
            elif attempt.outcome in ANSWERS:
                self._health = self._after_answer(attempt)
                self._answered = self._health.last_attempt if attempt.outcome is Outcome.SUCCESS else None
            return before, self.health

    def _compare(self, attempt: Attempt, slower: str | None) -> tuple[RegionHealth, RegionHealth] | None:
        """Take note of how slow an attempt was; return the health before and after it, if that decides.

        What is fast proves nothing when it was shorter than what was slow: the health object is always fast.
        """
        before, most = self.health, self._ejection.latency_requests
        if slower:
            self._slow_units = min(self._slow_units, units(attempt)) if self._slow_attempts else units(attempt)
            self._slow_attempts = min(self._slow_attempts + 1, most)
            if self._slow_attempts < most:
                return None
            self.asked_at, self.suspect, self.slow = time.monotonic(), False, True
            self._eject()
            self._health = self._failed(attempt, f"{self.region.name}: slow, {slower}")
            self._answered = None
            return before, self.health
        if attempt.outcome not in _SHORT:
            return None
        if attempt.outcome is Outcome.SUCCESS and units(attempt) >= self._slow_units:
            self._slow_attempts, self.slow = 0, False
        elif self.slow and not self.due:
            self.asked_at, self.suspect = time.monotonic(), False
            return before, before
        else:
            # Its time is up: it is asked again, and one slow attempt is enough this time.
            self.slow = False
        return None

    def _eject(self) -> None:
        # Requests that were under way when it was ejected fail too: they do not make it longer.
        if not self.ejected or self.due:
            self._ejections += 1
            self._ejected_until = time.monotonic() + self._ejection.seconds(self._ejections)

    def _after_failure(self, attempt: Attempt) -> RegionHealth:
        if self.health.consecutive_failures + 1 >= self._ejection.consecutive_failures:
            self._eject()
        return self._failed(attempt, str(attempt))

    def _failed(self, attempt: Attempt, why: str) -> RegionHealth:
        return RegionHealth(
            self.region.name,
            failing=True,
            misconfigured=self.health.misconfigured,
            ejected=self.ejected,
            consecutive_failures=self.health.consecutive_failures + 1,
            last_attempt=attempt.started_at + attempt.duration,
            last_error=why,
        )

    def _after_answer(self, attempt: Attempt) -> RegionHealth:
        if attempt.outcome is Outcome.THROTTLED:
            self._pause()
        else:
            self._ejected_until = None
            self._throttles = 0
            # What was slow a moment ago is ejected for longer if it is so again.
            self._ejections = self._ejections if self._slow_attempts else 0
        misconfigured = attempt.outcome is Outcome.MISCONFIGURED
        # A probe reads an object that need not be there, or readable: an answer that it may not proves nothing.
        if attempt.probe and attempt.outcome not in (Outcome.SUCCESS, Outcome.NOT_FOUND):
            misconfigured = self.health.misconfigured
        return RegionHealth(
            self.region.name,
            misconfigured=misconfigured,
            ejected=self.ejected,
            last_attempt=attempt.started_at + attempt.duration,
            last_error=None if attempt.outcome is Outcome.SUCCESS else str(attempt),
        )

    def _pause(self) -> None:
        """Ask the region last for a short time: it answers, and asks for fewer requests."""
        if not self.ejected or self.due or self._health.failing:
            self._throttles += 1
            self._ejected_until = time.monotonic() + self._ejection.throttled_seconds(self._throttles)


class RegionPool:
    """The regions of one client.

    Args:
        regions: at least one, with distinct names.
        selector: where each request begins.
        ejection: when a failing region is left alone.
        listeners: are called with attempts and changes.

    Attributes:
        regions: as they were given.
        states: what is known about each, in the same order.
        on_doubt: is called when a region should be probed without traffic; None where nothing probes.
    """

    def __init__(
        self, regions: Sequence[Region], *, selector: Selector, ejection: Ejection, listeners: Listeners
    ) -> None:
        self.regions = tuple(regions)
        self.states = tuple(RegionState(region, ejection) for region in self.regions)
        self.on_doubt: Callable[[], None] | None = None
        self._outliers = Outliers([region.name for region in self.regions], ejection)
        self._selector = selector
        self._listeners = listeners
        forks.tell(self)
        count = len(self.states)
        self._rotations = tuple(self.states[start:] + self.states[:start] for start in range(count))

    def after_fork(self) -> None:
        """Begin anew where the parent's threads were at work; what is known about regions stays."""
        for state in self.states:
            state.after_fork()

    @property
    def health(self) -> tuple[RegionHealth, ...]:
        """What is known about each region, in the order in which they were given."""
        return tuple(state.health for state in self.states)

    def rotation(self) -> Iterator[tuple[RegionState, bool]]:
        """Yield each region once in the order in which a request asks them, and whether it is to be probed.

        The selector names the first; the others follow at random, so that all of them share what a lost region served.
        Ejected regions come last. One whose time is up is asked in its turn, by one request at a time, which
        calls `end_probe` afterwards.
        """
        first, *others = self._rotations[self._selector.next_index(len(self.states))]
        last = []
        for state in itertools.chain([first], _shuffled(others)):
            if not state.ejected:
                yield state, False
            elif state.due and state.begin_probe():
                yield state, True
            else:
                last.append(state)
        for state in last:
            yield state, False

    def record(self, state: RegionState, attempt: Attempt) -> None:
        """Take an attempt's outcome, and call the listeners."""
        slower = self._outliers.slower(attempt)
        change = state.record(attempt, slower if slower and self._can_spare(state) else None)
        if self._listeners.attempt:
            self._listeners.attempt(attempt)
        if change is None:
            return
        if state.doubtful and self.on_doubt:
            self.on_doubt()
        before, after = change
        if _visible(before) != _visible(after):
            _report(before, after, self.health)
            if self._listeners.region_change:
                # One after the other, and the health of now: the last call must be true.
                with state.telling:
                    self._listeners.region_change(state.health)

    def _can_spare(self, state: RegionState) -> bool:
        """Whether another region is left when this one is ejected."""
        return any(not other.ejected for other in self.states if other is not state)


def _shuffled(states: list[RegionState]) -> Iterator[RegionState]:
    """Yield states in a random order; nothing is done before the first is wanted."""
    random.shuffle(states)
    yield from states


def _visible(health: RegionHealth) -> tuple[bool, bool, bool]:
    return health.failing, health.misconfigured, health.ejected


def _report(before: RegionHealth, after: RegionHealth, all_regions: tuple[RegionHealth, ...]) -> None:
    """Log what a person should know: when a region turns, not each request that fails."""
    told = {"s3_failover_region": after.region, "s3_failover_last_error": after.last_error}
    if after.failing and not before.failing:
        what = "every region fails" if all_failing(all_regions) else "requests go to the other regions"
        _log.warning("region %s fails, %s: %s", after.region, what, after.last_error, extra=told)
    elif before.failing and not after.failing:
        _log.info("region %s answers again", after.region, extra=told)
    if after.misconfigured and not before.misconfigured:
        _log.warning("region %s is misconfigured: %s", after.region, after.last_error, extra=told)
