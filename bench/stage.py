"""Where clients are measured: three regions of a fault-injecting S3 on a core of their own, and who reads from them."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.client import Region, S3FailoverClient

BUCKET = "bench"
KEY = "small"
SIZE = 1024
THREADS = 16
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Stage:
    """A running server and how long to measure.

    Attributes:
        server: `FaultServer` with three regions; it holds the small object.
        quick: measure less, for a first impression.
        folder: for files; on the disk that temporary files are on.
    """

    server: Any
    quick: bool
    folder: Path
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def repeats(self) -> int:
        """How often to measure; the median counts."""
        return 1 if self.quick else 3

    def rounds(self, full: int) -> int:
        """Return how many rounds to measure, a fifth of them when it must be quick."""
        return max(full // 5, 2) if self.quick else full

    def repeated(self, measure: Callable[[], float]) -> float:
        """Return the median of some runs."""
        return statistics.median(measure() for _ in range(self.repeats))

    def regions(self, count: int = 3) -> list[Region]:
        """Return the regions as our client is given them."""
        return [Region(f"region-{n}", BUCKET, each.endpoint) for n, each in enumerate(self.server.regions[:count])]

    def failover(self, count: int = 3, **options: Any) -> S3FailoverClient:
        """Return our client, closed with the stage."""
        return self._open.enter_context(S3FailoverClient(self.regions(count), **options))

    def boto(self, index: int = 0, **config: Any) -> Any:
        """Return a plain boto3 client of one region: no retries, and what our client sets too."""
        retries = {"mode": "standard", "total_max_attempts": 1}
        common: dict[str, Any] = {
            "connect_timeout": 1,
            "read_timeout": 2,
            "max_pool_connections": 50,
            "retries": retries,
        }
        client = boto3.client(
            "s3",
            region_name=f"region-{index}",
            endpoint_url=self.server.regions[index].endpoint,
            config=Config(**common | config),
        )
        return self._open.enter_context(contextlib.closing(client))

    def rotating(self, **config: Any) -> Callable[[], bytes]:
        """Return what reads the small object with plain boto3, from each region in turn."""
        clients = itertools.cycle([self.boto(index, **config) for index in range(3)])
        return lambda: read(next(clients))

    def naive(self, **config: Any) -> Callable[[], bytes]:
        """Return the loop that most people write first: each region in turn, the next one on an error, no memory."""
        clients = [self.boto(index, **config) for index in range(3)]
        starts = itertools.count()

        def get() -> bytes:
            start = next(starts)
            for index in range(2):
                with contextlib.suppress(BotoCoreError, ClientError):
                    return read(clients[(start + index) % 3])
            return read(clients[(start + 2) % 3])

        return get

    def every_region(self, kind: str, **options: object) -> None:
        """Break all regions alike."""
        for region in self.server.regions:
            region.fault(kind, **options)

    @property
    def requests(self) -> int:
        """How many requests the server has seen since it was reset."""
        return sum(region.counts.requests for region in self.server.regions)


@contextlib.contextmanager
def staged(*, quick: bool) -> Iterator[Stage]:
    """Run a server on core 1, and keep this process and its children to core 0 while the block runs."""
    os.environ.update(ENVIRONMENT)
    fault_server = importlib.import_module("tests.support.fault_server").FaultServer
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    with (
        tempfile.TemporaryDirectory(prefix="s3-failover-bench-") as folder,
        fault_server.running(regions=3, cpu=cores[1] if len(cores) > 1 else None) as server,
        pinned(set(cores[:1])),
    ):
        stage = Stage(server, quick, Path(folder))
        with stage._open:
            server.put(KEY, os.urandom(SIZE))
            yield stage


@contextlib.contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """Keep this process to some cores, where the system can."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def read(client: Any) -> bytes:
    """Return the small object, read with plain boto3."""
    return bytes(client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())


class FirstTo:
    """A selector that begins every request at one region: each of them meets its fault."""

    def __init__(self, index: int) -> None:
        self._index = index

    def next_index(self, count: int) -> int:
        """Return the region's index."""
        return self._index % count


def completions(call: Callable[[], object], seconds: float) -> list[float]:
    """Call from sixteen threads at once for a time, and return when each call ended, in seconds from the start."""
    ended: list[list[float]] = [[] for _ in range(THREADS)]
    begin = time.monotonic() + 0.05

    def work(mine: list[float]) -> None:
        time.sleep(max(begin - time.monotonic(), 0))
        while (now := time.monotonic()) < begin + seconds:
            call()
            now = time.monotonic()
            mine.append(now - begin)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in ended]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(time for mine in ended for time in mine)


def rate(ended: list[float], begin: float, end: float) -> float:
    """Return calls per second between two moments."""
    return sum(begin <= moment < end for moment in ended) / (end - begin)
