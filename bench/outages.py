"""Measures requests while regions fail."""

from __future__ import annotations

import contextlib
import functools
import importlib
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from bench.measure import Figure, Findings, Goal, interleaved, percentile, spread, timed
from bench.stage import KEY, THREADS, FirstTo, Stage, completions, rate
from s3_failover.client import Ejection, RequestFailed, S3FailoverClient, Timeouts

NEVER = Ejection(consecutive_failures=10**9)
QUICK_FAULTS: dict[str, dict[str, Any]] = {
    "refuse": {},
    "reset": {},
    "status": {"status": 503, "code": "ServiceUnavailable"},
}
WAIT = Timeouts(connect=1, read=1, attempt=5, deadline=10)


def failed_attempt(stage: Stage) -> Findings:
    """Return what a failed attempt costs that fails at once."""
    found = Findings()
    failing = stage.failover(selector=FirstTo(0), ejection=NEVER, probe=None)
    healthy = stage.failover(selector=FirstTo(1), ejection=NEVER, probe=None)
    cases = {"failing": lambda: failing.get_object(KEY), "healthy": lambda: healthy.get_object(KEY)}
    for kind, options in QUICK_FAULTS.items():
        stage.server.regions[0].fault(kind, **options)
        interleaved(cases, 20)
        runs = [interleaved(cases, stage.rounds(500)) for _ in range(stage.repeats)]
        stage.server.regions[0].heal()
        costs = [percentile(run["failing"], 50) / percentile(run["healthy"], 50) - 1 for run in runs]
        found.figures += spread(f"first region: {kind}", [seconds for run in runs for seconds in run["failing"]])
        found.goals.append(Goal(f"{kind}: failed attempt / healthy request", percentile(costs, 50), at_most=1.5))
    return found


def black_hole(stage: Stage) -> Findings:
    """Return what sixteen threads get done while one of three regions swallows requests."""
    seconds = 6.0 if stage.quick else 30.0
    found = Findings()
    stage.every_region("slow", seconds=0.02)
    client, naive = stage.failover(timeouts=WAIT), stage.naive(read_timeout=1)
    healthy = [steady(client, 2, stage.rounds(10))]
    for kind in ("syn_blackhole", "hang"):
        stage.server.regions[0].fault(kind)
        ended = completions(functools.partial(client.get_object, KEY), 1 + seconds)
        with_hole = rate(ended, 1, 1 + seconds)
        loop = rate(completions(naive, 6), 1, 6)
        stage.server.regions[0].fault("slow", seconds=0.02)
        client.close()
        client = stage.failover(timeouts=WAIT)
        healthy.append(steady(client, 2, stage.rounds(10)))
        whole = sum(healthy[-2:]) / 2
        found.figures += [
            Figure(f"{THREADS} threads, healthy", whole, "requests/s"),
            Figure(f"{THREADS} threads, {kind}", with_hole, "requests/s"),
            Figure(f"{THREADS} threads, {kind}, naive loop", loop, "requests/s"),
        ]
        name = f"{kind} of 1 in 3 regions: requests/s over {seconds:g} s / healthy"
        found.goals.append(Goal(name, with_hole / whole, at_least=0.95))
    return found


def steady(client: S3FailoverClient, warm: float, seconds: float) -> float:
    """Return requests per second, once the connections are there."""
    return rate(completions(lambda: client.get_object(KEY), warm + seconds), warm, warm + seconds)


def first_hit(stage: Stage) -> Findings:
    """Return how long the first request waits for a region that swallows it."""
    found = Findings()
    for kind in ("syn_blackhole", "hang"):

        def once(kind: str = kind) -> float:
            client = stage.failover(selector=FirstTo(0), timeouts=WAIT, probe=None)
            client.get_object(KEY)
            stage.server.regions[0].fault(kind)
            taken = timed(lambda: client.get_object(KEY))
            stage.server.regions[0].heal()
            return taken

        found.goals.append(Goal(f"{kind}: first request / timeout", stage.repeated(once), at_most=1.05))
    return found


def deadline(stage: Stage) -> Findings:
    """Return how much longer than its deadline a request takes, whatever all regions do."""
    faults = importlib.import_module("tests.support.fault_server").FAULTS
    options: dict[str, dict[str, Any]] = {"status": {"status": 503}, "slow": {"seconds": 5}}
    limits = Timeouts(connect=0.2, read=0.2, attempt=0.4, deadline=0.5, download_deadline=0.5)
    late = {kind: max(over(stage, limits, kind, options.get(kind, {}))) for kind in faults}
    worst = max(late, key=lambda kind: late[kind])
    name = f"request over its deadline, the worst of {len(faults)} faults in all regions ({worst})"
    return Findings(goals=[Goal(name, late[worst] * 1e3, at_most=100, unit="ms")])


def over(stage: Stage, limits: Timeouts, kind: str, options: dict[str, Any]) -> list[float]:
    """Return by how much requests overrun their deadline: over connections that are there, over new ones, to a file."""
    client = stage.failover(timeouts=limits, probe=None)
    for _ in range(3):
        client.get_object(KEY)
    stage.every_region(kind, **options)
    get = functools.partial(client.get_object, KEY)
    download = functools.partial(client.download_file, KEY, stage.folder / "late")
    taken = [time_to_end(call) for call in (get, get, download)]
    stage.server.reset()
    return [seconds - limits.deadline for seconds in taken]


def time_to_end(call: Callable[[], object]) -> float:
    """Return the seconds until a request returned or raised."""
    begin = time.perf_counter()
    with contextlib.suppress(RequestFailed, ClientError):
        call()
    return time.perf_counter() - begin


PARTS = (failed_attempt, first_hit, black_hole, deadline)
