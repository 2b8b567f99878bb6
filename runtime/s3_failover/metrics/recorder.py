"""What clients did, in memory: the state behind every sink."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from s3_failover.client import locks
from s3_failover.client.objects import ANSWERS, REGION_FAILURES, Attempt, Outcome, Phase
from s3_failover.client.results import EXHAUSTED, Listener, RegionHealth, Request, Result
from s3_failover.metrics import latency

EVIDENCE = ANSWERS | REGION_FAILURES
"""Outcomes that say something about the region; the others leave its last attempt as old as it is."""
FAILED = REGION_FAILURES | {Outcome.THROTTLED}
"""Outcomes that say that the region fails, or can take no more."""

_PHASES: Mapping[Outcome, tuple[Phase, ...]] = {
    Outcome.SUCCESS: (Phase.HEADERS, Phase.BODY, Phase.VERIFY),
    Outcome.CONNECTION: (Phase.CONNECT, Phase.HEADERS, Phase.BODY),
    Outcome.TIMEOUT: (Phase.CONNECT, Phase.HEADERS, Phase.BODY),
    Outcome.TRUNCATED: (Phase.BODY,),
    Outcome.CORRUPT: (Phase.BODY, Phase.VERIFY),
    Outcome.UNSUITABLE: (Phase.HEADERS, Phase.VERIFY),
    Outcome.LOCAL: (Phase.CONNECT, Phase.BODY),
    Outcome.CANCELLED: (Phase.CONNECT, Phase.HEADERS, Phase.BODY),
    Outcome.DEADLINE: (Phase.CONNECT, Phase.HEADERS, Phase.BODY),
}
USUAL = tuple((outcome, phase) for outcome in Outcome for phase in _PHASES.get(outcome, (Phase.HEADERS,)))
"""How attempts can end; these label sets exist from the start, with 0, and others from their first attempt on."""

HEDGES = ("won", "lost")

AttemptKey = tuple[str, str, str]
"""Region, outcome and phase."""


@dataclass(frozen=True, slots=True)
class RegionGauges:
    """One region as it is now, in the eyes of one client; `last_attempt` is in seconds since the epoch."""

    failing: bool = False
    misconfigured: bool = False
    ejected: bool = False
    last_attempt: float | None = None


@dataclass(frozen=True, slots=True)
class Gauges:
    """Regions as they are now, by name, and whether every region of one client fails."""

    regions: Mapping[str, RegionGauges] = field(default_factory=dict)
    all_failing: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened since the process began.

    Attributes:
        attempts: by region, outcome and phase.
        requests: by result.
        ejections: by region.
        hedges: `won` and `lost`.
        latencies: requests by bucket (s3_failover.metrics.latency).
    """

    attempts: Mapping[AttemptKey, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    ejections: Mapping[str, int] = field(default_factory=dict)
    hedges: Mapping[str, int] = field(default_factory=dict)
    latencies: Mapping[int, int] = field(default_factory=dict)

    @property
    def exhausted(self) -> int:
        """Requests that got nothing from any region, or not in time."""
        return sum(self.requests.get(result, 0) for result in EXHAUSTED)


class RegionTally:
    """Counts what happens, from 0 in each process; of one client, or of several together."""

    def __init__(self) -> None:
        self._begin()

    def after_fork(self) -> None:
        """Begin at 0 in a forked child, however often this is called: the parent publishes what it counted."""
        if self._pid != os.getpid():
            self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self.attempts: Counter[AttemptKey] = Counter()
        self.requests: Counter[str] = Counter(dict.fromkeys(Result, 0))
        self.ejections: Counter[str] = Counter()
        self.hedges: Counter[str] = Counter(dict.fromkeys(HEDGES, 0))
        self.latencies: Counter[int] = Counter()

    def expect(self, region: str) -> None:
        """Have a 0 for everything that is to be counted for a region."""
        with self._lock:
            self.ejections[region] += 0
            for outcome, phase in USUAL:
                self.attempts[region, outcome, phase] += 0

    def attempt(self, attempt: Attempt) -> None:
        """Count an attempt."""
        with self._lock:
            self.attempts[attempt.region, attempt.outcome, attempt.phase] += 1

    def request(self, request: Request) -> None:
        """Count a request, and how long it took."""
        index = latency.bucket(request.duration)
        with self._lock:
            self.requests[request.result] += 1
            self.latencies[index] += 1

    def ejection(self, region: str) -> None:
        """Count an ejection."""
        with self._lock:
            self.ejections[region] += 1

    def hedge(self, *, won: bool) -> None:
        """Count a hedged request."""
        with self._lock:
            self.hedges["won" if won else "lost"] += 1

    def read(self) -> Counts:
        """Return what was counted."""
        with self._lock:
            return Counts(
                dict(self.attempts), dict(self.requests), dict(self.ejections), dict(self.hedges), dict(self.latencies)
            )


class Recorder(Listener):
    """Keeps the gauges of one client, for a sink to read, and counts what it does.

    A recorder belongs to one client: hooks do not say which client calls, and "every region fails" is a statement about
    one. Several clients of a process have a sink each, and may have the same service name, registry or provider. When
    its client is closed, a recorder may go on to the next one.

    In a forked child the gauges stay, as the client's own view does, and the counters begin at 0.

    Args:
        tally: what counts; one of its own by default.
        now: the time in seconds since the epoch; the clock on the wall by default.
    """

    def __init__(self, *, tally: RegionTally | None = None, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._tally = tally or RegionTally()
        self._lock = threading.Lock()
        self._regions: dict[str, RegionGauges] = {}
        self._last: dict[str, float] = {}
        self._pid = os.getpid()
        self._taken = False
        locks.call_after_fork(self)

    def after_fork(self) -> None:
        """Begin anew in a forked child, once, whether the client or the fork calls this first."""
        if self._pid == os.getpid():
            return
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._taken = False
        self._in_child()

    def _in_child(self) -> None:
        """Let go of what else is the parent's; sinks with threads, files or connections have more."""
        self._tally.after_fork()

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of the client's regions; raise ValueError if the sink already serves a client."""
        self.after_fork()
        if self._taken:
            name = type(self).__name__
            msg = f"got a second client, expected one {name} per client: give this client a {name} of its own"
            raise ValueError(msg)
        with self._lock:
            self._taken = True
            self._regions = {region: self._regions.get(region, RegionGauges()) for region in regions}
        for region in regions:
            self._tally.expect(region)

    def on_close(self) -> None:
        """Forget the gauges, because nothing updates them from now on; keep the counters, which only grow."""
        with self._lock:
            self._taken = False
            self._regions = {}
            self._last = {}

    def on_attempt(self, attempt: Attempt) -> None:
        """Count an attempt."""
        self._tally.attempt(attempt)
        if attempt.outcome in EVIDENCE:
            self._last[attempt.region] = self._now()

    def on_request(self, request: Request) -> None:
        """Count a request, and keep how long it took."""
        self._tally.request(request)

    def on_region_change(self, health: RegionHealth) -> None:
        """Take a region's gauges."""
        with self._lock:
            known = self._regions.get(health.region)
            if known is None:
                return  # closed meanwhile
            self._regions[health.region] = RegionGauges(health.failing, health.misconfigured, health.ejected)
        if health.ejected and not known.ejected:
            self._tally.ejection(health.region)

    def on_hedge(self, *, won: bool) -> None:
        """Count a hedged request."""
        self._tally.hedge(won=won)

    def gauges(self) -> Gauges:
        """Return the gauges as they are now."""
        with self._lock:
            regions = {name: replace(found, last_attempt=self._last.get(name)) for name, found in self._regions.items()}
        return Gauges(regions, bool(regions) and all(found.failing for found in regions.values()))

    def counts(self) -> Counts:
        """Return what was counted since the process began."""
        return self._tally.read()


def merged(several: Iterable[Gauges]) -> Gauges:
    """Return the gauges of several clients as one: a region fails when one of them says so.

    All regions fail when all of one client's do; not when one region fails for one client, and another for another.
    """
    together: dict[str, RegionGauges] = {}
    all_failing = False
    for gauges in several:
        all_failing |= gauges.all_failing
        for name, region in gauges.regions.items():
            together[name] = _worse(together.get(name, RegionGauges()), region)
    return Gauges(together, all_failing)


def _worse(one: RegionGauges, other: RegionGauges) -> RegionGauges:
    times = [at for at in (one.last_attempt, other.last_attempt) if at is not None]
    return RegionGauges(
        one.failing or other.failing,
        one.misconfigured or other.misconfigured,
        one.ejected or other.ejected,
        max(times, default=None),
    )
