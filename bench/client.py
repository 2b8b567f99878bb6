"""Measures the client beside plain boto3, healthy and in every kind of outage: the numbers of docs/client.md."""

from __future__ import annotations

from bench import files, outages, peers
from bench.measure import Figure, Findings, Goal, interleaved, percentile, progress, spread
from bench.stage import KEY, THREADS, Stage, completions, rate, read, staged
from s3_failover.client import Hedging
from s3_failover.client.net import session


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
    quick = stage.boto()
    session.install_dates(quick)
    rotating = stage.rotating()
    cases = {
        "plain boto3, 1 region": lambda: read(plain),
        "plain boto3, 3 regions in turn": rotating,
        "plain boto3, 1 region, with our dates": lambda: read(quick),
        "s3-failover, 1 region": lambda: one.get_object(KEY),
        "s3-failover, 3 regions": lambda: three.get_object(KEY),
    }
    interleaved(cases, 50)
    runs = [interleaved(cases, stage.rounds(1500)) for _ in range(stage.repeats)]
    found = Findings([figure for name in cases for figure in spread(name, merged(runs, name), "us")])
    # What failing over costs by itself: we gain more than that where dates are read.
    itself = median_ratio(runs, "s3-failover, 1 region", "plain boto3, 1 region, with our dates")
    found.figures.append(Figure("p50 of get_object, 1 region / plain boto3 with our dates", itself, "x"))
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
ANSWER_AFTER = 0.005


def hedging(stage: Stage) -> Findings:
    """Return what hedging does when 2 % of all answers take 300 ms, and the others 5 ms as in the next room."""
    found = Findings()
    runs, extra = hedged_runs(stage, ANSWER_AFTER)
    for name, title in (("plain", "without hedging"), ("hedged", "hedged")):
        found.figures += spread(f"2 % of answers slow, {title}", merged(runs, name))
    # For orientation: after an idle 20 ms, this host itself needs longer than such a server.
    at_once, _ = hedged_runs(stage, 0)
    found.figures += spread("2 % of answers slow, the others at once, hedged", merged(at_once, "hedged"))
    ratios = [percentile(run["hedged"], 99) / (HEDGE_AFTER + 1.5 * percentile(run["plain"], 50)) for run in runs]
    found.goals = [
        Goal("hedged p99 / (hedge delay + 1.5 healthy p50)", percentile(ratios, 50), at_most=1.0),
        Goal("extra requests of hedging / requests", extra, at_most=0.05),
    ]
    return found


def hedged_runs(stage: Stage, answer_after: float) -> tuple[list[dict[str, list[float]]], float]:
    """Return the times with and without hedging, and how many extra requests there were for one request."""
    hedged, plain = stage.failover(hedging=Hedging(delay=HEDGE_AFTER)), stage.failover()
    stage.server.reset()
    stage.every_region("slow", seconds=0.3, probability=0.02, otherwise=answer_after)
    runs = []
    for _ in range(stage.repeats):
        run: dict[str, list[float]] = {"hedged": [], "plain": []}
        for _ in range(stage.rounds(400)):
            run["hedged"] += interleaved({"": lambda: hedged.get_object(KEY)}, 5)[""]
            run["plain"] += interleaved({"": lambda: plain.get_object(KEY)}, 1)[""]
        runs.append(run)
    count = len(merged(runs, "hedged"))
    return runs, (stage.requests - count - len(merged(runs, "plain"))) / count
