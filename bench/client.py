"""Measures the client beside plain boto3, healthy and in every kind of outage: the numbers of docs/client.md."""

from __future__ import annotations

from bench import files, outages, peers
from bench.measure import Figure, Findings, Goal, interleaved, percentile, progress, spread
from bench.stage import KEY, THREADS, Stage, completions, rate, read, staged
from s3_failover.client import Hedging


def measure(*, quick: bool) -> Findings:
    """Return all findings about the client."""
    found = Findings()
    with staged(quick=quick) as stage:
        for part in (overhead, throughput, hedging, *outages.PARTS, *files.PARTS, peers.measure):
            progress(f"client: {(part.__doc__ or '').splitlines()[0].removeprefix('Return ').rstrip('.')}")
            found.add(part(stage))
            stage.server.reset()
    return found


def overhead(stage: Stage) -> Findings:
    """Return what a healthy request costs beside plain boto3."""
    plain, one, three = stage.boto(), stage.failover(1), stage.failover()
    rotating = stage.rotating()
    cases = {
        "plain boto3, 1 region": lambda: read(plain),
        "plain boto3, 3 regions in turn": rotating,
        "s3-failover, 1 region": lambda: one.get_object(KEY),
        "s3-failover, 3 regions": lambda: three.get_object(KEY),
    }
    interleaved(cases, 50)
    runs = [interleaved(cases, stage.rounds(1500)) for _ in range(stage.repeats)]
    found = Findings([figure for name in cases for figure in spread(name, merged(runs, name), "us")])
    for ours, theirs in (("1 region", "1 region"), ("3 regions", "3 regions in turn")):
        value = median_ratio(runs, f"s3-failover, {ours}", f"plain boto3, {theirs}")
        found.goals.append(Goal(f"p50 of get_object, {ours} / plain boto3, {theirs}", value, at_most=1.02))
    return found


def merged(runs: list[dict[str, list[float]]], name: str) -> list[float]:
    """Return the times of one case in all runs."""
    return [seconds for run in runs for seconds in run[name]]


def median_ratio(runs: list[dict[str, list[float]]], ours: str, theirs: str) -> float:
    """Return the median over the runs of the ratio of two p50."""
    return percentile([percentile(run[ours], 50) / percentile(run[theirs], 50) for run in runs], 50)


def throughput(stage: Stage) -> Findings:
    """Return requests per second of sixteen threads."""
    client, plain = stage.failover(), stage.rotating()
    cases = {"plain boto3": plain, "s3-failover": lambda: client.get_object(KEY)}
    seconds = 0.5 if stage.quick else 1.5
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(2 * stage.repeats + 1):
        # Round 0 opens the connections.
        for name, call in cases.items():
            per_second = rate(completions(call, seconds), 0, seconds)
            if number:
                rates[name].append(per_second)
    medians = {name: percentile(values, 50) for name, values in rates.items()}
    figures = [Figure(f"{THREADS} threads, {name}", value, "requests/s") for name, value in medians.items()]
    pairs = zip(rates["s3-failover"], rates["plain boto3"], strict=True)
    value = percentile([ours / theirs for ours, theirs in pairs], 50)
    return Findings(figures, [Goal(f"requests/s of {THREADS} threads / plain boto3", value, at_least=0.95)])


HEDGE_AFTER = 0.02


def hedging(stage: Stage) -> Findings:
    """Return what hedging does when 2 % of all answers take 300 ms."""
    hedged = stage.failover(hedging=Hedging(delay=HEDGE_AFTER))
    plain = stage.failover()
    stage.every_region("slow", seconds=0.3, probability=0.02)
    few, ratios = [], []
    extra = count = 0
    late: list[float] = []
    for _ in range(stage.repeats):
        before, taken = stage.requests, {"hedged": [], "plain": []}  # type: ignore[var-annotated]
        for _ in range(stage.rounds(400)):
            for name, seconds in interleaved({"hedged": lambda: hedged.get_object(KEY)}, 5).items():
                taken[name] += seconds
            taken["plain"] += interleaved({"plain": lambda: plain.get_object(KEY)}, 1)["plain"]
        few += taken["plain"]
        late += taken["hedged"]
        asked = len(taken["hedged"]) + len(taken["plain"])
        extra, count = extra + stage.requests - before - asked, count + len(taken["hedged"])
        ratios.append(percentile(taken["hedged"], 99) / (HEDGE_AFTER + 1.5 * percentile(taken["plain"], 50)))
    return Findings(
        spread("2 % of answers slow, without hedging", few) + spread("2 % of answers slow, hedged", late),
        [
            Goal("hedged p99 / (hedge delay + 1.5 healthy p50)", percentile(ratios, 50), at_most=1.0),
            Goal("extra requests of hedging / requests", extra / count, at_most=0.05),
        ],
    )
