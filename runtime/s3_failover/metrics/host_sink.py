"""One datapoint per host, metric and minute, however many processes a host has: the core of CloudWatch's two sinks."""

from __future__ import annotations

import os
import platform
import string
import zlib
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from s3_failover.client.results import FAILED, RegionHealth, Request
from s3_failover.metrics.clock import MetricsClock, WallClock
from s3_failover.metrics.datapoints import HostReport
from s3_failover.metrics.host_publication import HostPublication
from s3_failover.metrics.publisher import Publisher
from s3_failover.metrics.recorder import Recorder

if TYPE_CHECKING:
    from s3_failover.metrics.shared_directory import SharedDirectory

SPREAD = 21
"""Hosts publish in second 0 to 20 of a minute, each always in the same one."""
PATIENCE = 15.0
"""Real seconds that closing waits for a publication that is under way."""

_PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")


class HostSink(Recorder):
    """Publishes, once a minute, what all processes of a host saw.

    Each process keeps a snapshot of its own in a directory that they share, and the one that gets the lock first
    publishes for all. Hooks never do I/O: a daemon thread does. It logs a failure once (WARNING; INFO when it works
    again) and tries again in the next minute; counts wait for that.

    Args:
        service: what the hosts do, for example `ivr`: the dimension `Service`, the same on all of them.
        destination: where it goes to; sinks with two destinations have nothing to do with each other.
        host: who this host is; `platform.node()` by default. Where auto-scaling gives the names of old hosts to new
            ones, pass the instance id.
        directory: where the processes of the host meet, on a local disk; by default one per user in the temporary
            directory. Processes of several users, or with a temporary directory each (systemd's PrivateTmp), need one
            that all of them may write to; members of its group are trusted.
        interval: seconds between two datapoints, a multiple of 60; 60 by default, as the alarms expect.
        clock: the time; the clock on the wall by default.

    Raises:
        ValueError: service, host or interval cannot be.
        MissingExtraError: the package filelock is not installed.
        OSError: files of this system have no owner (Windows).
    """

    def __init__(
        self,
        service: str,
        *,
        destination: str,
        host: str | None = None,
        directory: str | Path | None = None,
        interval: float = 60,
        clock: MetricsClock | None = None,
    ) -> None:
        self.service = text("service", service)
        self.host = text("host", platform.node() if host is None else host)
        self._interval = _whole_minutes(interval)
        self._clock = clock or WallClock()
        self._root = Path(directory) if directory else None
        self._identity = "\n".join((type(self).__name__, destination, service, self.host, f"{interval:g}"))
        self._directories = _directories()
        self._publisher: Publisher | None = None
        super().__init__(now=self._clock.now)

    @abstractmethod
    def _send(self, report: HostReport) -> None:
        """Publish a report; whatever it raises means that it did not arrive."""

    def _in_child(self) -> None:
        super()._in_child()
        if self._publisher:
            self._publisher.abandon()
        self._publisher = None

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of the regions, and begin to publish."""
        super().on_start(regions)
        place = self._directories(self._root, self.service, self._identity)
        publication = HostPublication(place, self._send, self._clock, self._interval)
        self._publisher = Publisher(publication, self, self._clock, zlib.crc32(self.host.encode()) % SPREAD)

    def on_request(self, request: Request) -> None:
        """Count a request; one that failed is written down at once."""
        super().on_request(request)
        if request.result in FAILED and self._publisher:
            self._publisher.wake()

    def on_region_change(self, health: RegionHealth) -> None:
        """Take a region's gauges, and have them written down at once."""
        super().on_region_change(health)
        if self._publisher:
            self._publisher.wake()

    def on_close(self) -> None:
        """Stop publishing, and publish or leave to others what is still to be said.

        Waits for that, 15 seconds at most.
        """
        publisher, self._publisher = self._publisher, None
        if publisher:
            publisher.stop(PATIENCE)
        super().on_close()


def _directories() -> type[SharedDirectory]:
    """Return the class of the directory in which processes meet, which needs a package that the client does not.

    Raises:
        MissingExtraError: it is not installed.
        OSError: files of this system have no owner.
    """
    if not hasattr(os, "getuid"):
        msg = "the processes of a host share their metrics in files with an owner, which this system does not have"
        raise OSError(msg)
    from s3_failover.metrics.shared_directory import SharedDirectory  # noqa: PLC0415

    return SharedDirectory


def text(name: str, value: str) -> str:
    """Return a value if CloudWatch takes it for a dimension's.

    Raises:
        ValueError: it is empty, longer than 1024 characters, not printable ASCII, or begins with a colon.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > 1024 or not _PRINTABLE.issuperset(value):
        msg = f"{name} is {value!r}, expected 1 to 1024 printable ASCII characters, which CloudWatch asks for"
        raise ValueError(msg)
    if value.startswith(":"):
        raise ValueError(f"{name} is {value!r}, expected no colon at its beginning, which CloudWatch refuses")
    return value


def _whole_minutes(interval: float) -> float:
    if interval < 60 or interval % 60:
        msg = f"interval is {interval!r} s, expected a multiple of 60: CloudWatch keeps one datapoint a minute"
        raise ValueError(msg)
    return float(interval)
