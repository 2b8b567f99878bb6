"""Steady viewers: they honour time to live, fetch real objects at a steady rate, and check every byte."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from s3_failover.drill.states import Leg
from s3_failover.drill.visits import Outcome, Visit
from s3_failover.local import places, viewer
from s3_failover.local.clock import Clock
from s3_failover.local.drill.objects import Catalogue
from s3_failover.local.drill.resolver import Resolver
from s3_failover.local.handle import Emulator

SHORTEST_PAUSE = 0.12
"""Real seconds between two requests of a group at least, so that a fast clock does not become a load test."""

PATIENCE = 10.0
"""Embedded seconds after which a viewer gives up."""


class Internet:
    """Finds the socket behind a name that DNS led to, and remembers it: sockets never move."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._sockets: dict[tuple[str, str], tuple[int, Leg]] = {}

    def find(self, name: str, scheme: str) -> tuple[int, Leg]:
        """Return the port where a name answers on loopback, and which leg that is.

        Raises:
            OSError: nothing lives at that name.
        """
        if (name, scheme) not in self._sockets:
            place = places.find(self._emulator, name, scheme)
            leg = Leg.DISTRIBUTION if place.service == "cloudfront" else Leg.SECONDARY
            self._sockets[name, scheme] = (place.port, leg)
        return self._sockets[name, scheme]


class Viewers:
    """A group of viewers of one site with one scheme, from `start` to `stop`."""

    def __init__(
        self,
        hostname: str,
        scheme: str,
        *,
        catalogue: Catalogue,
        resolver: Resolver,
        internet: Internet,
        emulator: Emulator,
        clock: Clock,
        secondary_lists: bool = False,
    ) -> None:
        self.scheme = scheme
        self._secondary_lists = secondary_lists
        self._hostname = hostname
        self._catalogue = catalogue
        self._resolver = resolver
        self._internet = internet
        self._clock = clock
        self._browser = viewer.Browser(emulator, timeout=clock.patience(PATIENCE))
        self._visits: list[Visit] = []
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(24, thread_name_prefix=f"viewers-{scheme}")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to visit, about once per embedded second."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the visits that are on their way."""
        self._stopped.set()
        self._thread.join()
        self._pool.shutdown()

    @property
    def visits(self) -> Sequence[Visit]:
        """All visits that are over, in the order in which they began."""
        return sorted(self._visits, key=lambda visit: visit.began)

    def _run(self) -> None:
        pause = max(self._clock.real(1.0), SHORTEST_PAUSE)
        for number in itertools.count():
            if self._stopped.is_set():
                return
            keys = self._catalogue.keys
            self._pool.submit(self._visit, keys[number % len(keys)])
            time.sleep(pause)

    def _visit(self, key: str) -> None:
        began, leg = self._clock.now(), Leg.UNKNOWN
        try:
            name = self._resolver.target(self._hostname)
            port, leg = self._internet.find(name, self.scheme)
            status, body = self._browser.get(self.scheme, self._hostname, port, key)
            if status == 301 and self.scheme == "http":
                port, leg = self._internet.find(name, "https")
                status, body = self._browser.get("https", self._hostname, port, key)
            outcome = self._catalogue.judge(key, status, body, listed=leg is Leg.DISTRIBUTION or self._secondary_lists)
            detail = str(status)
        except (OSError, http.client.HTTPException) as error:
            outcome, detail = Outcome.FAILED, str(error) or type(error).__name__
        self._visits.append(Visit(began, self._clock.now(), leg, outcome, detail))
