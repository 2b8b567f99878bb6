"""Measures what people read from several regions with otherwise, side by side, in the same outages.

Each of them has a process, the same timeouts, and a turn in every round. Libraries that know of one region each get the
loop over regions that most people write first, and no retries of their own: they are as good as they can be.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bench.measure import Findings, percentile, progress
from bench.stage import BUCKET, KEY, SIZE, THREADS, Stage
from s3_failover.local import state as state_directory

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "peers.txt"
OURS = ("s3-failover", "boto3 loop", "boto3, one region")
OTHERS = ("smart_open loop", "s3fs loop", "obstore loop")

HEADER = ["three regions", "reader", "p50 ms", "p99 ms", "longest ms", "failed", f"{THREADS} threads, requests/s"]
SCENES: dict[str, tuple[str, dict[str, Any]]] = {
    "healthy": ("", {}),
    "1 of 3 refuses": ("refuse", {}),
    "1 of 3 says 503": ("status", {"status": 503, "code": "ServiceUnavailable"}),
    "1 of 3 is silent": ("hang", {}),
}


@dataclass
class Reader:
    """One reader's process, and what it said."""

    name: str
    orders: IO[str]
    answers: IO[str]
    taken: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def read(self, seconds: float, *, most: int = sys.maxsize, threads: int = 1) -> dict[str, list[float]]:
        """Let it read, and return what it says."""
        self.orders.write(json.dumps({"seconds": seconds, "most": most, "threads": threads}) + "\n")
        self.orders.flush()
        said: dict[str, list[float]] = json.loads(self.answers.readline())
        return said

    def turn(self, seconds: float, most: int) -> None:
        """Let it read alone, and keep what it says."""
        said = self.read(seconds, most=most)
        self.taken += said["taken"]
        self.failed += said["failed"]

    def crowd(self, seconds: float) -> None:
        """Let it read from many threads, and keep how much it gets done."""
        said = self.read(seconds, threads=THREADS)
        self.rates.append(len(said["taken"]) / seconds)

    @property
    def cells(self) -> list[str]:
        """What it said, in the columns of `HEADER`."""
        every = self.taken + self.failed
        times = [f"{seconds * 1e3:.2f}" for seconds in (percentile(every, 50), percentile(every, 99), max(every))]
        return [self.name, *times, f"{len(self.failed) / len(every):.0%}", f"{percentile(self.rates, 50):.0f}"]


def measure(stage: Stage) -> Findings:
    """Return how others do in the same outages."""
    python = environment(REQUIREMENTS)
    table = [HEADER]
    for scene, (kind, options) in SCENES.items():
        progress(f"others: {scene}")
        with readers(stage, python) as crew:
            for reader in crew:
                reader.read(5, most=30)
            if kind:
                stage.server.regions[0].fault(kind, **options)
            if kind == "hang":
                play(crew, stage, rounds=4, seconds=3.0)
            else:
                play(crew, stage, rounds=10, seconds=0.5)
            stage.server.reset()
        table += [[scene, *reader.cells] for reader in crew]
    return Findings(table=table)


def play(crew: list[Reader], stage: Stage, *, rounds: int, seconds: float) -> None:
    """Let all take turns, alone and then as a crowd, in another order each round."""
    for _ in range(stage.rounds(rounds)):
        for reader in random.sample(crew, len(crew)):
            reader.turn(seconds, most=200)
    for _ in range(stage.repeats):
        for reader in random.sample(crew, len(crew)):
            reader.crowd(seconds)


@contextlib.contextmanager
def readers(stage: Stage, python: Path) -> Iterator[list[Reader]]:
    """Run all readers while the block runs."""
    endpoints = json.dumps([region.endpoint for region in stage.server.regions])
    with contextlib.ExitStack() as running:
        crew = []
        for name in (*OURS, *OTHERS):
            program = str(python if name in OTHERS else sys.executable)
            process = running.enter_context(
                subprocess.Popen(
                    [program, str(HERE / "reader.py"), name, endpoints, BUCKET, KEY, str(SIZE)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert process.stdin
            assert process.stdout
            # Ended, and not only told to: a request may wait for a silent region.
            running.callback(process.kill)
            crew.append(Reader(name, process.stdin, process.stdout))
        yield crew


def environment(requirements: Path) -> Path:
    """Return the Python of an environment with what others use, made when it is not there."""
    digest = hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()[:12]
    place = state_directory.default().root / f"bench-peers-{digest}"
    python, complete = place / "bin" / "python", place / ".complete"
    if not complete.exists():
        progress("installing what others use (once)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        pip = [str(python), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        complete.touch()
    return python
