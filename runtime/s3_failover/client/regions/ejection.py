"""Ejection and outlier detection: when a region is asked last, and for how long.

A region that is far slower than the others is an outlier. It is compared with what the others need at the moment, so
that a slow network of this host, or a slow S3, makes no region an outlier. What is compared is the cost of an attempt:
its seconds or, where its body is longer than 256 KiB, its seconds for each 256 KiB.
"""

import random
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from s3_failover.client.errors import InvalidConfiguration, is_number, refuse, require_positive, require_whole
from s3_failover.client.objects import ANSWERS, REGION_FAILURES, Attempt, Outcome
from s3_failover.client.results import RegionHealth
from s3_failover.client.settings import Region

_POSITIVE = ("base_ejection_time", "max_ejection_time", "latency_minimum", "throttle_time")
_WHOLE = ("consecutive_failures", "latency_requests")
_LONGEST_PAUSE = 20.0
"""Seconds: the longest backoff of the AWS SDKs (AWS SDKs and Tools Reference Guide, "Retry behavior")."""


@dataclass(frozen=True, kw_only=True)
class Ejection:
    """When a region is ejected, and for how long; the names are Envoy's (outlier detection).

    An ejected region is asked last, never skipped. When its time is up, one request at a time asks it in its turn: an
    answer brings it back, a failure ejects it again, for twice as long.

    A region is ejected for failures; for being an outlier, far slower than the others (never the last one that is
    left); and, for a short time, when S3 there asks for patience (SlowDown, 429).

    Attributes:
        consecutive_failures: failed attempts in a row that eject; 1 by default.
        base_ejection_time: seconds of the first ejection; 5 by default.
        max_ejection_time: seconds at most, before jitter; 300 by default.
        jitter: the part by which a time is longer or shorter at random, so that hosts do not probe in step; 0.2 by
            default.
        latency_factor: how many times the median of the other regions an attempt takes that is far slower; 10 by
            default, None for never.
        latency_minimum: seconds, of a request or of each 256 KiB of its body, from which on a region may be called
            slow, however fast the others are; 0.75 by default, more than a far region needs to connect.
        latency_requests: attempts in a row that are far slower and eject; 3 by default.
        throttle_time: seconds of the first pause that S3 asks for; doubled each time, to 20 seconds; 1 by default.

    Raises:
        InvalidConfiguration: a value is out of range.
    """

    consecutive_failures: int = 1
    base_ejection_time: float = 5.0
    max_ejection_time: float = 300.0
    jitter: float = 0.2
    latency_factor: float | None = 10.0
    latency_minimum: float = 0.75
    latency_requests: int = 3
    throttle_time: float = 1.0

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            require_positive(f"ejection {name}", getattr(self, name))
        for name in _WHOLE:
            require_whole(f"ejection {name}", getattr(self, name))
        factor = self.latency_factor
        if factor is not None and not (is_number(factor) and factor > 1):
            refuse("ejection latency_factor", factor, "more than 1, or None for never")
        if not is_number(self.jitter) or not 0 <= self.jitter < 1:
            refuse("ejection jitter", self.jitter, "a part of the time, 0 to less than 1")
        if self.base_ejection_time > self.max_ejection_time:
            msg = (
                f"ejection base_ejection_time is {self.base_ejection_time:g} s, expected at most max_ejection_time, "
                f"{self.max_ejection_time:g} s"
            )
            raise InvalidConfiguration(msg)

    def seconds(self, times: int) -> float:
        """Return how long the n-th ejection in a row lasts, jitter included; the first is 1."""
        # The exponent is bounded before it is used: 2.0 ** 1024 overflows.
        growth = 2.0 ** min(times - 1, 64)
        lasting = min(self.base_ejection_time * growth, self.max_ejection_time)
        return lasting * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 - it spreads load

    def throttled_seconds(self, times: int) -> float:
        """Return how long the n-th pause in a row lasts that S3 asks for: half of it at random (equal jitter)."""
        lasting = min(self.throttle_time * 2.0 ** min(times - 1, 64), _LONGEST_PAUSE)
        return lasting * random.uniform(0.5, 1)  # noqa: S311 - it spreads load


UNIT = 256 * 1024
"""Bytes of a body that may cost as much as a whole small request."""

_FRESH = 60.0
"""Seconds for which it counts what a region needed."""

_WEIGHT = 0.2
"""Of the last attempt in a region's moving average."""

_TIMED = frozenset({Outcome.SUCCESS, Outcome.DEADLINE, Outcome.CANCELLED})
"""Attempts that took at least so long; the others are failures already, or answers without a body."""


def units(attempt: Attempt) -> float:
    """Return how many units of a body an attempt has read, at least 1."""
    return max(attempt.bytes_read / UNIT, 1.0)


class Outliers:
    """Outlier detection: what each region of a client needs, and which attempts were far slower.

    Args:
        regions: the names of the regions.
        ejection: how much slower that is.
    """

    def __init__(self, regions: Sequence[str], ejection: Ejection) -> None:
        self._factor = ejection.latency_factor
        self._minimum = ejection.latency_minimum
        # The moving average, and when it was changed last; regions that were not asked yet have none.
        self._costs: dict[str, tuple[float, float] | None] = dict.fromkeys(regions)

    def slower(self, attempt: Attempt) -> str | None:
        """Take an attempt; return what makes it an outlier, in words, or None if it is none."""
        if attempt.outcome not in _TIMED or self._factor is None:
            return None
        cost = attempt.duration / units(attempt)
        found = None
        if cost >= self._minimum:
            found = self._compared(attempt.region, cost)
        if attempt.outcome is Outcome.SUCCESS and not attempt.probe:
            self._learn(attempt.region, cost)
        return found

    def _learn(self, region: str, cost: float) -> None:
        now, known = time.monotonic(), self._costs[region]
        if known is None or now - known[1] > _FRESH:
            self._costs[region] = cost, now
        else:
            self._costs[region] = known[0] + _WEIGHT * (cost - known[0]), now

    def _compared(self, region: str, cost: float) -> str | None:
        since = time.monotonic() - _FRESH
        others = [known[0] for name, known in self._costs.items() if name != region and known and known[1] > since]
        if not others or self._factor is None:
            return None
        usual = statistics.median(others)
        if cost < self._factor * usual:
            return None
        return f"{cost:.2f} s for a request or each 256 KiB of its body, where the other regions need {usual:.3f} s"


_SHORT = frozenset({Outcome.SUCCESS, Outcome.NOT_FOUND, Outcome.UNSUITABLE, Outcome.REJECTED})
"""Answers that do not say by themselves whether a region that was slow still is."""


class RegionState:
    """The rule of ejection for one region of a client: its gauge, until when it is ejected, and who probes it.

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
