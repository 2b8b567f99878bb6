"""Deadlines and cancellation that hold: the connection is shut down while a thread waits on it.

A socket's timeout is per read (a server that drips one byte a second never reaches it), and neither boto3 nor urllib3
has a limit on the whole. One thread per process, a watchdog, looks at the attempts that run, and sleeps for as long as
the earliest limit is away. A request that is given up in another thread ends in the same way.
"""

import contextlib
import errno
import math
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Self

from s3_failover.client.locks import call_after_fork, seconds_until
from s3_failover.client.objects import Phase

_SLACK = 0.05
"""Seconds that an attempt may have lost to what came before it and still have had all of its time."""


class GuardedLine:
    """A second descriptor of a connection's socket: it ends the connection, under TLS too, whatever holds the first."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock.dup()

    def shut_down(self) -> None:
        """End the connection: a read or a write in another thread returns at once."""
        # It may have ended by itself.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __del__(self) -> None:
        """Close the descriptor; the connection is closed when its other one is too."""
        with contextlib.suppress(AttributeError):
            self._socket.close()


class Guard:
    """The limit on one attempt, and what its connection tells about it.

    Used as a context manager by the thread in which the attempt runs, which is held to the limit inside.

    Args:
        own: when the attempt's own time is over, on the monotonic clock.
        deadline: when the time is over that its request can spare, on the same clock; infinite by default.
        until: when the time of its request is over; by default the same as `deadline`.

    Attributes:
        until: as given.
        limit: when the attempt must have ended: the earlier of both.
        phase: how far it came.
        reused: whether it went over a connection that had served another request before.
        fresh: whether it wants a connection that has served no other request.
        bytes_read: bytes of the body that arrived.
        checksum: S3's name of the algorithm by which the body was compared, None where it was not.
        fired: whether its connection was shut down because the limit was over.
        cancelled: whether it was shut down because the answer is no longer wanted.
    """

    __slots__ = (
        "_deadline",
        "_done",
        "_line",
        "_lock",
        "_own",
        "bytes_read",
        "cancelled",
        "checksum",
        "fired",
        "fresh",
        "limit",
        "phase",
        "reused",
        "until",
    )

    def __init__(self, own: float, deadline: float = math.inf, until: float | None = None) -> None:
        self.until = deadline if until is None else until
        self.set(own, deadline)
        self.phase = Phase.CONNECT
        self.reused = False
        self.fresh = False
        self.bytes_read = 0
        self.checksum: str | None = None
        self.fired = False
        self.cancelled = False
        self._line: GuardedLine | None = None
        self._lock = threading.Lock()
        self._done = False

    @property
    def remaining(self) -> float:
        """Seconds until the limit; negative after it."""
        return self.limit - time.monotonic()

    @property
    def cut_short(self) -> bool:
        """Whether the deadline leaves the attempt less than its own time, by more than scheduling explains."""
        return self._own > self._deadline + _SLACK

    def set(self, own: float, deadline: float) -> None:
        """Set the limits, before the attempt begins."""
        self._own = own
        self._deadline = deadline
        self.limit = min(own, deadline)

    def extend(self, seconds: float) -> None:
        """Move the attempt's own limit: its body is arriving."""
        self._own += seconds
        self.limit = min(self._own, self._deadline)

    def hold(self, line: GuardedLine | None) -> None:
        """Take the connection that the attempt uses from now on."""
        with self._lock:
            self._line = line
            if line and (self.fired or self.cancelled):
                line.shut_down()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Ask something over another connection, and then go on with this one."""
        line, phase = self._line, self.phase
        try:
            yield
        finally:
            self.phase = phase
            self.hold(line)

    def expire(self) -> None:
        """End the attempt, because its time is over."""
        self._end("fired")

    def cancel(self) -> None:
        """End the attempt, because the answer is no longer wanted."""
        self._end("cancelled")

    def finish(self) -> None:
        """Let the connection go: it may serve another request from now on."""
        with self._lock:
            self._done = True
            self._line = None

    def __enter__(self) -> Self:
        """Begin the attempt; raise OSError if this host cannot start the thread that watches attempts."""
        _watchdog.add(self)
        _here.guard = self
        return self

    def __exit__(self, *_error: object) -> None:
        _watchdog.remove(self)
        self.finish()
        _here.guard = None

    def _end(self, why: str) -> None:
        # Under the lock: a connection that was let go may be another attempt's already.
        with self._lock:
            if self._done:
                return
            setattr(self, why, True)
            if self._line:
                self._line.shut_down()


class Watchdog:
    """Ends the attempts of this process whose limit is over."""

    def __init__(self) -> None:
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Forget the attempts of the parent's other threads, and the thread that watched them."""
        self._guards: set[Guard] = set()
        self._wake_at = math.inf
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def add(self, guard: Guard) -> None:
        """Watch an attempt."""
        if self._thread is None:
            self._start()
        self._guards.add(guard)
        # The thread sleeps until the limit of some attempt, ended or not: most begin later and need not wake it.
        if guard.limit < self._wake_at:
            self._woken.set()

    def remove(self, guard: Guard) -> None:
        """Watch it no longer."""
        self._guards.discard(guard)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._watch, name="s3-failover-watchdog", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    msg = "this host cannot start another thread: raise its limit of processes"
                    raise OSError(errno.EAGAIN, msg) from error
                self._thread = thread

    def _watch(self) -> None:
        while True:
            now = time.monotonic()
            limits = [guard.limit for guard in self._guards.copy() if not self._expired(guard, now)]
            self._wake_at = min(limits, default=math.inf)
            # A guard that was added before `_wake_at` was set may not have woken us: look once more before sleeping.
            if any(guard.limit < self._wake_at for guard in self._guards.copy()):
                continue
            self._woken.wait(None if self._wake_at == math.inf else max(self._wake_at - now, 0))
            self._woken.clear()

    def _expired(self, guard: Guard, now: float) -> bool:
        if guard.limit > now:
            return False
        self._guards.discard(guard)
        guard.expire()
        return True


_watchdog = Watchdog()
_here = threading.local()


def current_guard() -> Guard | None:
    """Return the guard of the attempt that runs in this thread."""
    return getattr(_here, "guard", None)


class Cancellation:
    """A caller's wish to end the request that it waits for."""

    def __init__(self) -> None:
        self._guards: set[Guard] = set()
        self._lock = threading.Lock()
        self.cancelled = False

    def cancel(self) -> None:
        """End what runs now, and let nothing more begin."""
        with self._lock:
            self.cancelled = True
            for guard in self._guards:
                guard.cancel()

    @contextlib.contextmanager
    def covering(self, guard: Guard) -> Iterator[None]:
        """End this attempt too when the wish comes while the block runs, or has come."""
        with self._lock:
            self._guards.add(guard)
            if self.cancelled:
                guard.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._guards.discard(guard)


_requests_here = threading.local()


@contextlib.contextmanager
def cancellable(cancellation: Cancellation) -> Iterator[None]:
    """Let the requests of this thread be given up while the block runs."""
    _requests_here.cancellation = cancellation
    try:
        yield
    finally:
        _requests_here.cancellation = None


def current_cancellation() -> Cancellation | None:
    """Return whose wishes the requests of this thread follow."""
    return getattr(_requests_here, "cancellation", None)


def seconds_left(until: float) -> float:
    """Return for how many seconds to wait at most.

    Args:
        until: the deadline, on the monotonic clock.

    Raises:
        TimeoutError: for none, time is up.
        CancelledError: the request was given up.
    """
    wish = current_cancellation()
    if wish and wish.cancelled:
        raise CancelledError
    return seconds_until(until)
