"""Viewers of a site: they honour time to live, ask once a second, and compare every byte."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTP_PORT, HTTPS_PORT

from s3_failover.drill.states import DISTRIBUTION, SECONDARY, Leg
from s3_failover.drill.visits import Outcome, Visit
from s3_failover.operations.account import Account
from s3_failover.operations.drill.names import Cache, Targets
from s3_failover.operations.legs import Answer, LegAddress

PAUSE = 1.0
"""Seconds between two requests of one scheme: enough to see a second, and no load on a site in production."""

_THREADS = 24


class Viewers:
    """Viewers of one scheme, from `start` to `stop`.

    Args:
        hostname: the site's hostname.
        scheme: `http` or `https`.
        key: what they ask for.
        body: what they must get.
        where: the legs.
        cache: which leg they take.
        account: how names are reached.
    """

    def __init__(
        self, hostname: str, scheme: str, *, key: str, body: bytes, where: Targets, cache: Cache, account: Account
    ) -> None:
        self.scheme = scheme
        self._hostname = hostname
        self._key = key
        self._body = body
        self._where = where
        self._cache = cache
        self._account = account
        self._tls = account.tls()
        self._visits: list[Visit] = []
        self.copies: list[tuple[float, str]] = []
        """When the distribution answered with what S3 says is a copy, `REPLICA`, or is copied, `COMPLETED`."""
        self.cached = 0
        """How many answers came from CloudFront's cache: they say nothing about the bucket behind it."""
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"viewers-{scheme}")
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

    @property
    def visits(self) -> Sequence[Visit]:
        """All visits that are over, in the order in which they began."""
        return sorted(self._visits, key=lambda visit: visit.began)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._pool.submit(self._visit)
            self._stopped.wait(PAUSE)

    def _visit(self) -> None:
        began = time.time()
        leg = self._cache.leg()
        answer = self._get(leg)
        outcome, detail = self._judge(answer)
        self._visits.append(Visit(began, time.time(), leg, outcome, detail))
        if leg is DISTRIBUTION:
            self._note(answer, began)

    def _get(self, leg: Leg) -> Answer:
        if leg not in (DISTRIBUTION, SECONDARY):
            return Answer(0, b"", {}, 0, "DNS does not answer")
        answer = self._ask(leg, self.scheme)
        if answer.status in (301, 302, 307, 308) and self.scheme == "http":
            answer = self._ask(leg, "https")
        return answer

    def _ask(self, leg: Leg, scheme: str) -> Answer:
        port, tls = (HTTPS_PORT, self._tls) if scheme == "https" else (HTTP_PORT, None)
        return ask(self._account, self._hostname, self._where.of(leg), port=port, key=self._key, tls=tls)

    def _judge(self, answer: Answer) -> tuple[Outcome, str]:
        if answer.status != 200:
            return Outcome.FAILED, str(answer.status or answer.error)
        return (Outcome.OK if answer.body == self._body else Outcome.WRONG), "200"

    def _note(self, answer: Answer, began: float) -> None:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if headers.get("x-cache", "").lower().startswith(("hit", "refreshhit")):
            self.cached += 1
        # S3 marks what is replicated and what came by replication (S3 API, GetObject).
        if (mark := headers.get("x-amz-replication-status")) is not None:
            self.copies.append((began, mark))


def ask(account: Account, hostname: str, name: str, *, port: int, key: str, tls: ssl.SSLContext | None) -> Answer:
    """Return what a viewer gets for a key at a name, as the hostname; never raises because of the network."""
    try:
        address, reached = account.reach(name, port)
    except OSError as error:
        return Answer(0, b"", {}, 0, str(error))
    return LegAddress(name, hostname, address, reached, tls).get(key)
