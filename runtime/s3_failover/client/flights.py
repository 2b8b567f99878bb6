"""One does it, and the other threads that want the same wait for what comes of it."""

from __future__ import annotations

import contextlib
import copy
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

from s3_failover.client import forks
from s3_failover.client.errors import DeadlineExceeded
from s3_failover.client.waiting import left

_SLICE = 0.1
"""Seconds after which a waiting thread looks whether its request was given up."""


class Late(DeadlineExceeded):
    """Time was up while others still did what this request waits for: it asked no region itself."""


class Flights:
    """What is under way in this process, by name. Nothing is kept of what is over."""

    def __init__(self) -> None:
        self.after_fork()
        forks.tell(self)

    def after_fork(self) -> None:
        """Forget what the parent's threads do: a forked child does not have them."""
        self._lock = threading.Lock()
        self._flights: dict[str, Future[BaseException | None]] = {}

    def share(self, name: str, until: float, work: Callable[[], object]) -> None:
        """Do the work, or wait for the thread that does work of this name and raise what it raises.

        Some errors concern one thread only: its deadline is over, or it was interrupted. They are not shared: a thread
        that waited does the work instead, with a deadline of its own.

        Args:
            name: what the work is about.
            until: how long to wait, on the monotonic clock.
            work: does it.

        Raises:
            DeadlineExceeded: time was up while another thread did it.
            CancelledError: the request that waits was given up.
        """
        while True:
            flight, is_ours = self._join(name)
            if is_ours:
                self._lead(name, flight, work)
                return
            error = _outcome(name, flight, until)
            if error is None:
                return
            if isinstance(error, Exception) and not isinstance(error, DeadlineExceeded | CancelledError):
                raise twin(error)

    def _join(self, name: str) -> tuple[Future[BaseException | None], bool]:
        with self._lock:
            flight = self._flights.get(name)
            if flight is not None:
                return flight, False
            flight = self._flights[name] = Future()
            return flight, True

    def _lead(self, name: str, flight: Future[BaseException | None], work: Callable[[], object]) -> None:
        error = None
        try:
            work()
        except BaseException as caught:
            error = caught
            raise
        finally:
            with self._lock:
                # In a child that was forked meanwhile, the name is free already.
                if self._flights.get(name) is flight:
                    del self._flights[name]
            flight.set_result(error)
            # Error, traceback, this frame, error: a cycle would stay until the garbage collector runs.
            del error, flight


def _outcome(name: str, flight: Future[BaseException | None], until: float) -> BaseException | None:
    while True:
        try:
            patience = min(left(until), _SLICE)
        except TimeoutError:
            msg = f"time is up for {name}: another thread still downloads it: allow a longer deadline"
            raise Late(msg) from None
        with contextlib.suppress(TimeoutError):
            return flight.result(patience)


def twin(error: Exception) -> Exception:
    """Return a copy of an error with a traceback of its own; or itself: copies of botocore's are of another class."""
    try:
        twin = copy.copy(error)
    except Exception:
        return error
    if type(twin) is not type(error):
        return error
    twin.__cause__ = error.__cause__
    return twin
