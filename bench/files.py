"""Measures files: downloads, files that are there already, and the memory that a large one takes."""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Figure, Findings, Goal, interleaved, percentile, spread
from bench.stage import BUCKET, KEY, Stage

GIBIBYTE = 2**30
ROOT = Path(__file__).parents[1]

DOWNLOAD = """
import os, sys, time
from pathlib import Path
from s3_failover.client import Region, S3FailoverClient

def memory(field):
    # Of this program alone: getrusage counts what its parent had before it began.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))

with S3FailoverClient([Region("region-0", "bench", sys.argv[1])]) as client:
    client.download_file("small", sys.argv[2])
    # The peak from now on, and not that of all the imports (proc(5), clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    before, begin = memory("VmRSS"), time.perf_counter()
    assert client.download_file("large", sys.argv[2]).size == int(sys.argv[3])
    print(memory("VmHWM") - before, time.perf_counter() - begin)
"""


def small_download(stage: Stage) -> Findings:
    """Return the time of a download of a small object, beside boto3's."""
    found = Findings()
    plain, client = stage.boto(), stage.failover(1)
    places = {"disk": stage.folder, "memory": Path("/dev/shm")}  # noqa: S108 - a folder is made in it
    for place, parent in places.items():
        if not parent.is_dir():
            continue
        with TemporaryDirectory(dir=parent, prefix="s3-failover-bench-") as folder:
            theirs, ours = str(Path(folder, "theirs")), str(Path(folder, "ours"))
            cases = {
                "boto3": lambda path=theirs: plain.download_file(BUCKET, KEY, path),
                "s3-failover": lambda path=ours: client.download_file(KEY, path),
            }
            interleaved(cases, 10)
            runs = [interleaved(cases, stage.rounds(200)) for _ in range(stage.repeats)]
        for name in cases:
            found.figures += spread(f"download_file to {place}, {name}", [s for run in runs for s in run[name]])
        ratios = [percentile(run["boto3"], 50) / percentile(run["s3-failover"], 50) for run in runs]
        name = f"boto3's download_file to {place} / ours"
        found.goals.append(Goal(name, percentile(ratios, 50), at_least=1.7))
    return found


def valid_file(stage: Stage) -> Findings:
    """Return the time of a cached file that is valid."""
    client = stage.failover()
    path = client.cached_file(KEY, stage.folder / "cached")
    number = 2000
    hit = min(timeit.repeat(lambda: client.cached_file(KEY, path), number=number, repeat=7)) / number
    look = min(timeit.repeat(lambda: os.stat(path), number=number, repeat=7)) / number  # noqa: PTH116
    figures = [Figure("cached_file, valid / one os.stat", hit / look, "x")]
    return Findings(figures, [Goal("cached_file, valid", hit * 1e6, at_most=30, unit="us")])


def memory(stage: Stage) -> Findings:
    """Return by how much memory grows in a download of 1 GiB."""
    stage.server.put("large", GIBIBYTE)
    arguments = [stage.server.regions[0].endpoint, str(stage.folder / "large"), str(GIBIBYTE)]
    program = subprocess.run(
        [sys.executable, "-c", DOWNLOAD, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    growth, seconds = map(float, program.stdout.split())
    (stage.folder / "large").unlink()
    figures = [Figure("download of 1 GiB", GIBIBYTE / 2**20 / seconds, "MiB/s")]
    return Findings(figures, [Goal("memory of a 1 GiB download", growth / 2**20, at_most=32, unit="MiB")])


PARTS = (small_download, valid_file, memory)
