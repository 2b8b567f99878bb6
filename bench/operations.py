"""Measures `verify`, `publish` and `restore` beside what others do, on a small S3 in a process of its own."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import Figure, Findings, Goal, percentile, progress, timed
from bench.peers import environment
from bench.stage import ENVIRONMENT, pinned

HERE = Path(__file__).parent
FILES = 2000
DELETED = 10_000
"""Objects to restore within a minute."""
RESTORE_AFTER = 0.02
"""Seconds that every answer takes then."""
ANSWER_AFTER = 0.05
"""Seconds that every answer takes: half of what AWS tells of small objects (S3 User Guide, optimizing-performance)."""


@dataclass(frozen=True)
class Server:
    """The small S3."""

    url: str

    def order(self, query: str) -> dict[str, int]:
        """Give an order; return how many requests of each method there were since the last one."""
        with urllib.request.urlopen(f"{self.url}/?{query}") as answer:  # noqa: S310 - our own server
            counts: dict[str, int] = json.load(answer)
        return counts


def measure(*, quick: bool) -> Findings:
    """Return all findings about operations."""
    found = Findings()
    os.environ.update(ENVIRONMENT)
    for part in (comparing, memory, publishing, restoring):
        progress(f"operations: {(part.__doc__ or '').splitlines()[0].removeprefix('Return ').rstrip('.')}")
        with served() as server:
            found.add(part(server, quick=quick))
    return found


def comparing(server: Server, *, quick: bool) -> Findings:
    """Return how fast two buckets are compared, beside listing them and nothing else."""
    keys, rounds = (10_000, 3) if quick else (50_000, 7)
    taken: dict[str, list[float]] = operate("speed", server.url, str(keys), str(rounds))
    medians = {name: percentile(seconds, 50) for name, seconds in taken.items()}
    figures = [Figure(f"{name}, 2 buckets", keys / seconds, "keys/s") for name, seconds in medians.items()]
    goals = []
    for name, least in (("two bare listings", 0.9), ("two listings with our dates", None)):
        pairs = zip(taken[name], taken["verify"], strict=True)
        ratio = percentile([theirs / ours for theirs, ours in pairs], 50)
        if least is None:
            figures.append(Figure(f"speed of verify / {name}", ratio, "x"))
        else:
            goals.append(Goal(f"speed of verify / {name}", ratio, at_least=least))
    return Findings(figures, goals)


def memory(server: Server, *, quick: bool) -> Findings:
    """Return by how much comparing takes more memory when there are a hundred times as many keys."""
    many = 100_000 if quick else 1_000_000
    growth: int = operate("memory", server.url, "10000", str(many))
    name = f"memory of verify, {many:,} keys - 10,000 keys"
    return Findings(goals=[Goal(name, growth / 2**20, at_most=50, unit="MiB")])


def publishing(server: Server, *, quick: bool) -> Findings:
    """Return how long publishing takes beside `aws s3 sync`, and what it sends when nothing has changed."""
    found = Findings()
    sync = environment(HERE / "awscli.txt").with_name("aws")
    with tempfile.TemporaryDirectory(prefix="s3-failover-bench-") as folder:
        fill(Path(folder))
        for seconds, goal in ((ANSWER_AFTER, 2.0), (0.0, None)):
            server.order(f"delay={seconds}")
            ratio = median_ratio(server, folder, sync, rounds=1 if quick else 3)
            name = f"aws s3 sync of {FILES:,} files / publish, answers after {seconds * 1e3:g} ms"
            if goal is None:
                found.figures.append(Figure(name, ratio, "x"))
            else:
                found.goals.append(Goal(name, ratio, at_least=goal))
        operate("publish", server.url, folder, "again")
        server.order("counts")
        operate("publish", server.url, folder, "again")
        again = server.order("counts")
    found.figures.append(Figure("publish of nothing new: HEAD", again.get("HEAD", 0), "requests"))
    found.goals.append(Goal("publish of nothing new: PUT", again.get("PUT", 0), at_most=0, unit="requests"))
    return found


def restoring(server: Server, *, quick: bool) -> Findings:
    """Return how long it takes to restore objects that were deleted, each read on both copies afterwards."""
    keys = 1000 if quick else DELETED
    server.order(f"delay={RESTORE_AFTER}&deleted=back-primary&keys={keys}")
    taken: dict[str, float] = operate("restore", server.url, "back", str(keys))
    name = f"restore of {keys:,} deleted objects, answers after {RESTORE_AFTER * 1e3:g} ms"
    figures = [Figure(f"{name}: {stage}", seconds, "s") for stage, seconds in taken.items()]
    whole = taken["plan"] + taken["restore"]
    return Findings(figures, [Goal(name, whole, at_most=60 * keys / DELETED, unit="s")])


def median_ratio(server: Server, folder: str, sync: Path, *, rounds: int) -> float:
    """Return how many times as long `aws s3 sync` takes, in turns, each time to an empty bucket."""
    url = ["--endpoint-url", server.url, "--region", "us-east-1"]
    ratios = []
    for name in (f"round-{uuid.uuid4().hex[:8]}" for _ in range(rounds)):
        cases: dict[str, Callable[[], object]] = {
            "publish": functools.partial(operate, "publish", server.url, folder, name),
            "sync": functools.partial(run, [str(sync), *url, "s3", "sync", "--quiet", folder, f"s3://{name}-sync"]),
        }
        taken = {}
        for case in random.sample(list(cases), len(cases)):
            server.order("counts")
            taken[case] = timed(cases[case])
            assert server.order("counts")["PUT"] == FILES
        ratios.append(taken["sync"] / taken["publish"])
    return percentile(ratios, 50)


def fill(folder: Path) -> None:
    """Make small files in some directories."""
    for number in range(FILES):
        path = folder / f"chapter-{number % 50}" / f"page-{number}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(os.urandom(200 + 4 * number))


def operate(*arguments: str) -> Any:
    """Run an operation in a process of its own, and return what it says."""
    return json.loads(run([sys.executable, str(HERE / "operate.py"), *arguments]))


def run(command: list[str]) -> str:
    """Run a command, and return what it prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextlib.contextmanager
def served() -> Iterator[Server]:
    """Run the small S3 on core 1, and keep this process and its children to core 0 while the block runs."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    command = [sys.executable, str(HERE / "bucket_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, pinned(set(cores[:1])):
        assert process.stdout
        port = process.stdout.readline().strip()
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, {cores[1]})
        try:
            yield Server(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
