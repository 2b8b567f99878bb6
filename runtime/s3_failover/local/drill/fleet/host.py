"""A simulated host: a process that reads one object through the real client, again and again, and publishes its gauges.

Run by the drill as `python -m s3_failover.local.drill.fleet.host`, in the environment of an application on the embedded
AWS. It takes its settings as a line of JSON on stdin, tells each request as a line of JSON on stdout, and ends when
stdin does: no host outlives its drill.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any

from breakable_aws.clock import EmbeddedClock
from s3_failover.client import AllRegionsFailed, Ejection, Probe, Region, S3FailoverClient, S3FailoverError
from s3_failover.local.drill.fleet.records import OK, WRONG, HostRequest
from s3_failover.metrics import CloudWatchMetrics


@dataclass(frozen=True)
class Settings:
    """The settings of a host.

    `directory` makes it a host of its own: its processes would meet there. `pace` is the embedded seconds between two
    requests; `sha256` is that of the object's bytes, in hexadecimal.
    """

    host: str
    service: str
    metrics_region: str
    directory: str
    regions: list[tuple[str, str, str]]
    key: str
    sha256: str
    probe_key: str
    pace: float
    started: float
    speed: float

    def dump(self) -> str:
        """Return them as a line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def load(cls, line: str) -> Settings:
        """Return what `dump` wrote."""
        found: dict[str, Any] = json.loads(line)
        return cls(**found)


def client_of(settings: Settings, clock: EmbeddedClock) -> S3FailoverClient:
    """Return the host's client: as an application makes it, but ejections and probes run as fast as time does.

    Timeouts do not: the machine is no faster.
    """
    usual, probe = Ejection(), Probe()
    metrics = CloudWatchMetrics(
        settings.service, settings.metrics_region, host=settings.host, directory=settings.directory, clock=clock
    )
    return S3FailoverClient(
        [Region(name, bucket=bucket, endpoint_url=endpoint) for name, bucket, endpoint in settings.regions],
        ejection=Ejection(
            base_ejection_time=clock.real(usual.base_ejection_time),
            max_ejection_time=clock.real(usual.max_ejection_time),
        ),
        probe=Probe(interval=clock.real(probe.interval), key=settings.probe_key),
        listeners=[metrics],
    )


def ask(client: S3FailoverClient, settings: Settings, clock: EmbeddedClock) -> HostRequest:
    """Read the object once, and return what became of it."""
    began = clock.now()
    region, detail, regions = "", "", []
    try:
        found = client.get_object(settings.key)
        result = OK if hashlib.sha256(found.body).hexdigest() == settings.sha256 else WRONG
        region, regions = found.region, [attempt.region for attempt in found.attempts]
    except S3FailoverError as error:
        result, detail = type(error).__name__, str(error)
        if isinstance(error, AllRegionsFailed):
            regions = [attempt.region for attempt in error.attempts]
    failing = [health.region for health in client.health() if health.failing]
    return HostRequest(began, clock.now(), result, region, regions, failing, detail)


def main() -> None:
    """Read until stdin ends."""
    settings = Settings.load(sys.stdin.readline())
    clock = EmbeddedClock(settings.started, settings.speed)
    over = threading.Event()
    threading.Thread(target=_watch_parent, args=(over,), daemon=True).start()
    with client_of(settings, clock) as client:
        while not over.is_set():
            sys.stdout.write(ask(client, settings, clock).dump() + "\n")
            sys.stdout.flush()
            clock.wait(over, settings.pace)


def _watch_parent(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    main()
