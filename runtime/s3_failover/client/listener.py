"""Telling others what a client does: metrics, logs, tests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from s3_failover.client.attempt import Attempt
from s3_failover.client.checks import instance, refuse
from s3_failover.client.health import RegionHealth

_log = logging.getLogger("s3_failover.client")


class Result(StrEnum):
    """How a request ended, all attempts together."""

    SUCCESS = "success"
    ALL_REGIONS_FAILED = "all_regions_failed"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NOT_FOUND = "not_found"
    MISCONFIGURED = "misconfigured"
    """Every region refused: rights, buckets or keys are wrong, or a checksum that is required is missing."""
    REJECTED = "rejected"
    LOCAL = "local"
    """This host could not ask, or not keep the answer: credentials, clock, parameters, disk."""
    CANCELLED = "cancelled"


EXHAUSTED = frozenset({Result.ALL_REGIONS_FAILED, Result.DEADLINE_EXCEEDED})
"""The caller got nothing from any region, or not in time: what the critical alarm is about."""

FAILED = EXHAUSTED | {Result.MISCONFIGURED, Result.LOCAL}
"""The caller got an error that a person has to know of; the other errors are answers."""


@dataclass(frozen=True, slots=True)
class Request:
    """One finished request: what was asked, how it ended, and every attempt it took, oldest first."""

    operation: str
    key: str
    result: Result
    duration: float
    attempts: tuple[Attempt, ...]


class Listener:
    """Is called with what a client does, in the thread that does it; override the hooks of interest.

    A listener must be quick and thread-safe. What it raises is logged once per listener and otherwise ignored: a metric
    never harms a request.
    """

    def on_start(self, regions: Sequence[str]) -> None:
        """Take the names of a client's regions, before its first request; again in a forked child."""

    def on_attempt(self, attempt: Attempt) -> None:
        """Take one attempt that ended, probes included."""

    def on_request(self, request: Request) -> None:
        """Take one request that ended; not called for probes."""

    def on_region_change(self, health: RegionHealth) -> None:
        """Take a region's health when `failing`, `misconfigured` or `ejected` changed."""

    def on_hedge(self, *, won: bool) -> None:
        """Take the end of a request that was hedged, and whether the second attempt won."""

    def on_close(self) -> None:
        """Take note that the client is closed: publish what is left, stop threads."""


class Listeners:
    """All listeners of one client; calls only those that override a hook."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        if not isinstance(listeners, Iterable):
            refuse("listeners", listeners, "a list of listeners")
        self._all = tuple(instance("a listener", listener, Listener) for listener in listeners)
        self._broken: set[int] = set()
        self.attempt = self._caller("on_attempt")
        self.request = self._caller("on_request")
        self.region_change = self._caller("on_region_change")
        self.hedge = self._caller("on_hedge")
        self.start = self._caller("on_start")
        self.close = self._caller("on_close")

    def _caller(self, hook: str) -> Callable[..., None] | None:
        """Return a function that calls a hook of all listeners that override it; None if none does."""
        ours = [item for item in self._all if getattr(type(item), hook) is not getattr(Listener, hook)]
        if not ours:
            return None

        def call(*arguments: Any, **named: Any) -> None:
            for listener in ours:
                try:
                    getattr(listener, hook)(*arguments, **named)
                except Exception:
                    self._complain(listener, hook)

        return call

    def _complain(self, listener: Listener, hook: str) -> None:
        if id(listener) not in self._broken:
            self._broken.add(id(listener))
            _log.exception("%s.%s failed: it is called on, and not reported again", type(listener).__name__, hook)
