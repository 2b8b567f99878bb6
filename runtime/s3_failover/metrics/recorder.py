"""What one client did, in memory: the state behind every sink."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from s3_failover.client import forks
from s3_failover.client.attempt import Attempt, Outcome, Phase
from s3_failover.client.health import RegionHealth
from s3_failover.client.listener import Listener, Request, Result
from s3_failover.client.outcomes import ANSWERS, REGION_FAILURES
from s3_failover.metrics import latency

EVIDENCE = ANSWERS | REGION_FAILURES
"""Outcomes that say something about the region; the others leave its last attempt as old as it is."""
FAILED = REGION_FAILURES | {Outcome.THROTTLED}
"""Outcomes after which a request goes to the next region."""

_PHASES: Mapping[Outcome, tuple[Phase, ...]] = {
    Outcome.SUCCESS: (Phase.HEADERS, Phase.BODY, Phase.VERIFY),
    Outcome.CONNECTION: (Phase.CONNECT, Phase.HEADERS, Phase.BODY),
    Outcome.TIMEOUT: (Phase.CONNECT, Phase.HEADERS, Phase.BODY),
    Outcome.TRUNCATED: (Phase.BODY,),
    Outcome.CORRUPT: (Phase.BODY, Phase.VERIFY),
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


@dataclass(frozen=True)
class Reading:
    """What a client, or several, did: gauges as they are, counters since the process began.

    Attributes:
        regions: the gauges by region.
        all_failing: whether every region of one client fails.
        attempts: by region, outcome and phase.
        requests: by result.
        ejections: by region.
        hedges: `won` and `lost`.
        latencies: requests by bucket (s3_failover.metrics.latency).
    """

    regions: Mapping[str, RegionGauges] = field(default_factory=dict)
    all_failing: bool = False
    attempts: Mapping[AttemptKey, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    ejections: Mapping[str, int] = field(default_factory=dict)
    hedges: Mapping[str, int] = field(default_factory=dict)
    latencies: Mapping[int, int] = field(default_factory=dict)

    @property
    def exhausted(self) -> int:
        """Requests for which every region failed."""
        return self.requests.get(Result.ALL_REGIONS_FAILED, 0)


class Recorder(Listener):
    """Keeps gauges and counters of one client, for a sink to read.

    A recorder belongs to one client: hooks do not say which client calls, and "every region fails" is a statement about
    one. Several clients of a process have a sink each, and may have the same service name, registry or provider. When
    its client is closed, a recorder may go on to the next one.

    In a forked child the gauges stay, as the client's own view does, and the counters begin at 0: the parent publishes
    what it counted.

    Args:
        now: the time in seconds since the epoch; the clock on the wall by default.
    """

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._regions: dict[str, RegionGauges] = {}
        self._last: dict[str, float] = {}
        self._pid = os.getpid()
        self._taken = False
        self._zero()
        forks.tell(self)

    def _zero(self) -> None:
        self._attempts: Counter[AttemptKey] = Counter()
        self._requests: Counter[str] = Counter()
        self._ejections: Counter[str] = Counter()
        self._hedges: Counter[str] = Counter(dict.fromkeys(HEDGES, 0))
        self._latencies: Counter[int] = Counter()
        self._requests.update(dict.fromkeys(Result, 0))
        for region in self._regions:
            self._expect(region)

    def _expect(self, region: str) -> None:
        self._ejections[region] += 0
        for outcome, phase in USUAL:
            self._attempts[region, outcome, phase] += 0

    def after_fork(self) -> None:
        """Begin anew in a forked child, once, whether the client or the fork says so first."""
        if self._pid == os.getpid():
            return
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._taken = False
        self._zero()
        self._in_child()

    def _in_child(self) -> None:
        """Let go of what else is the parent's; for sinks with threads, files or connections."""

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of the client's regions.

        Raises:
            ValueError: the sink already serves a client.
        """
        self.after_fork()
        if self._taken:
            name = type(self).__name__
            msg = f"got a second client, expected one {name} per client: give this client a {name} of its own"
            raise ValueError(msg)
        with self._lock:
            self._taken = True
            inherited, self._regions = self._regions, {}
            for region in regions:
                self._regions[region] = inherited.get(region, RegionGauges())
                self._expect(region)

    def on_close(self) -> None:
        """Forget the gauges: nobody keeps them up to date any more. Counters stay, they only ever grow."""
        with self._lock:
            self._taken = False
            self._regions = {}
            self._last = {}

    def on_attempt(self, attempt: Attempt) -> None:
        """Count an attempt."""
        region, outcome = attempt.region, attempt.outcome
        with self._lock:
            self._attempts[region, outcome, attempt.phase] += 1
            if outcome in EVIDENCE:
                self._last[region] = self._now()

    def on_request(self, request: Request) -> None:
        """Count a request, and keep how long it took."""
        index = latency.bucket(request.duration)
        with self._lock:
            self._requests[request.result] += 1
            self._latencies[index] += 1

    def on_region_change(self, health: RegionHealth) -> None:
        """Take a region's gauges."""
        with self._lock:
            known = self._regions.get(health.region)
            if known is None:
                return  # closed meanwhile
            if health.ejected and not known.ejected:
                self._ejections[health.region] += 1
            self._regions[health.region] = RegionGauges(health.failing, health.misconfigured, health.ejected)

    def on_hedge(self, *, won: bool) -> None:
        """Count a hedged request."""
        with self._lock:
            self._hedges["won" if won else "lost"] += 1

    def read(self) -> Reading:
        """Return everything as it is now."""
        with self._lock:
            regions = {
                name: RegionGauges(gauges.failing, gauges.misconfigured, gauges.ejected, self._last.get(name))
                for name, gauges in self._regions.items()
            }
            return Reading(
                regions,
                all_failing(regions.values()),
                dict(self._attempts),
                dict(self._requests),
                dict(self._ejections),
                dict(self._hedges),
                dict(self._latencies),
            )


def all_failing(regions: Iterable[RegionGauges]) -> bool:
    """Whether there are regions, and every one of them fails."""
    found = list(regions)
    return bool(found) and all(region.failing for region in found)


def merged(regions: Iterable[Mapping[str, RegionGauges]]) -> dict[str, RegionGauges]:
    """Return the gauges of several clients as one: a region fails when one of them says so."""
    together: dict[str, RegionGauges] = {}
    for mapping in regions:
        for name, gauges in mapping.items():
            known = together.get(name, RegionGauges())
            times = [at for at in (known.last_attempt, gauges.last_attempt) if at is not None]
            together[name] = RegionGauges(
                known.failing or gauges.failing,
                known.misconfigured or gauges.misconfigured,
                known.ejected or gauges.ejected,
                max(times, default=None),
            )
    return together
