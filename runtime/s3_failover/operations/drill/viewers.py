"""Viewers of a site: they ask at a steady rate, and compare every byte."""

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from s3_failover.config import Site
from s3_failover.drill.kinds import NEW_HTTP, NEW_HTTPS, Connects, ViewerKind
from s3_failover.drill.states import DISTRIBUTION
from s3_failover.drill.visits import Visit, VisitOutcome
from s3_failover.operations.clock import Clock
from s3_failover.operations.drill.connections import Connections
from s3_failover.operations.legs import LegAnswer

PAUSE = 1.0
"""Seconds between two requests of one kind of viewers: enough to see a second, and no load on a site in production."""

SHORTEST_PAUSE = 0.12
"""The same by the wall clock at least, so that a fast clock does not become a load test."""

RARER = 3
"""How many times rarer kinds of viewers ask that do not connect anew by one scheme: there are many of them."""

_THREADS = 24


class Objects(Protocol):
    """What viewers ask for, and what they must get."""

    @property
    def keys(self) -> Sequence[str]:
        """What they ask for, in turn."""

    def judge(self, key: str, status: int, body: bytes, *, listed: bool) -> VisitOutcome:
        """Return what an answer is worth.

        The status is 0 if there was no answer. `listed` is whether the leg may list the bucket: then 404 says that an
        object is missing, else 403 does.
        """


@dataclass(frozen=True)
class OneObject:
    """An object that does not change while it is asked for."""

    key: str
    body: bytes

    @property
    def keys(self) -> Sequence[str]:
        """Its key."""
        return (self.key,)

    def judge(self, _key: str, status: int, body: bytes, *, listed: bool) -> VisitOutcome:  # noqa: ARG002 - as in Objects
        """Return what an answer is worth."""
        if status != 200:
            return VisitOutcome.FAILED
        return VisitOutcome.OK if body == self.body else VisitOutcome.WRONG


class Viewers:
    """Viewers of one kind, from `start` to `stop`."""

    def __init__(
        self, site: Site, kind: ViewerKind, *, objects: Objects, connections: Connections, clock: Clock
    ) -> None:
        self.kind = kind
        self._site = site
        self._objects = objects
        self._connections = connections
        self._clock = clock
        self._visits: list[Visit] = []
        self.copies: list[tuple[float, str]] = []
        """When the distribution answered with what S3 says is a copy, `REPLICA`, or is copied, `COMPLETED`."""
        self.cached = 0
        """How many answers came from CloudFront's cache: they say nothing about the bucket behind it."""
        self._stopped = threading.Event()
        self._rarer = 1 if kind in (NEW_HTTP, NEW_HTTPS) else RARER
        self._pool = ThreadPoolExecutor(_THREADS // self._rarer, thread_name_prefix=f"viewers-{kind.name}")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to visit."""
        self._thread.start()

    def stop(self) -> None:
        """End; visits on their way are waited for."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown()
        self._connections.close()

    @property
    def visits(self) -> Sequence[Visit]:
        """All visits that are over, in the order in which they began."""
        return sorted(self._visits, key=lambda visit: visit.began)

    def _run(self) -> None:
        pause = self._rarer * max(self._clock.real(PAUSE), SHORTEST_PAUSE)
        for number in itertools.count():
            keys = self._objects.keys
            self._begin(keys[number % len(keys)])
            if self._stopped.wait(pause):
                return

    def _begin(self, key: str) -> None:
        if self.kind.connects is Connects.KEPT:
            # A connection of HTTP/1.1 has one request at a time.
            self._visit(key)
        else:
            self._pool.submit(self._visit, key)

    def _visit(self, key: str) -> None:
        began = self._clock.now()
        leg, answer = self._connections.get(key)
        # An S3 website, which is public, may not list its bucket.
        listed = leg is DISTRIBUTION or not self._site.secondary.kind.has_public_bucket
        outcome = self._objects.judge(key, answer.status, answer.body, listed=listed)
        self._visits.append(Visit(began, self._clock.now(), leg, outcome, str(answer.status or answer.error)))
        if leg is DISTRIBUTION:
            self._note(answer, began)

    def _note(self, answer: LegAnswer, began: float) -> None:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if headers.get("x-cache", "").lower().startswith(("hit", "refreshhit")):
            self.cached += 1
        # S3 marks what is replicated and what came by replication (S3 API, GetObject).
        if (mark := headers.get("x-amz-replication-status")) is not None:
            self.copies.append((began, mark))
