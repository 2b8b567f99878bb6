"""Single-flight: one thread downloads, and the others that want the same wait for it, or are served the old file.

A refresh in the background serves the old file meanwhile (RFC 5861, stale-while-revalidate). An outage of every region
that one process of a host met is known to the others for some seconds. Its sign is an empty file of the user's in the
temporary directory, `s3-failover-UID-HASH.outage`: how old it is says when the outage was met last.
"""

import contextlib
import copy
import hashlib
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from pathlib import Path

from s3_failover.client.errors import DeadlineExceeded
from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import seconds_left
from s3_failover.client.settings import Region

_SLICE = 0.1
"""Seconds after which a waiting thread looks whether its request was given up."""


class Late(DeadlineExceeded):
    """Time was up while others still did what this request waits for: it asked no region itself."""


class SingleFlight:
    """Single-flight of this process: what is under way, by name. Nothing is kept of what is over."""

    def __init__(self) -> None:
        self.after_fork()
        call_after_fork(self)

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
            patience = min(seconds_left(until), _SLICE)
        except TimeoutError:
            raise Late(f"time is up for {name}: another thread still downloads it: allow a longer deadline") from None
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


PATIENCE = 0.3
"""Seconds without a byte after which a caller that has an old file waits no longer."""

_LOOK = 0.05
"""Seconds between two looks at whether the caller's request was given up."""

Work = Callable[[Callable[[], None]], object]
"""Refreshes the file, and calls what it is given whenever bytes arrive."""


class Revalidation:
    """One refresh, and how it ended.

    Attributes:
        error: what it raised; None while it runs, and after a success.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._done = threading.Event()
        self._moved_at = time.monotonic()

    def run(self, work: Work) -> None:
        """Do the work."""
        try:
            work(self._moved)
        except BaseException as error:
            self.error = error
        finally:
            self._done.set()

    def wait(self, until: float) -> bool:
        """Wait as long as bytes arrive, and no longer than `until` on the monotonic clock; return whether it ended.

        A caller that comes when nothing has arrived for a while does not wait at all.

        Raises:
            CancelledError: the request that waits was given up.
        """
        while not self._done.is_set():
            try:
                seconds = min(seconds_left(until), self._moved_at + PATIENCE - time.monotonic(), _LOOK)
            except TimeoutError:
                break
            if seconds <= 0:
                break
            self._done.wait(seconds)
        return self._done.is_set()

    def _moved(self) -> None:
        self._moved_at = time.monotonic()


class Revalidations:
    """The refreshes of this process, by name: one at a time for each."""

    def __init__(self) -> None:
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Forget those of the parent's threads."""
        self._running: dict[str, Revalidation] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, work: Work) -> Revalidation:
        """Return the refresh of this name that runs, or begin one, in a daemon thread."""
        with self._lock:
            running = self._running.get(name)
            if running is not None:
                return running
            running = self._running[name] = Revalidation()
        try:
            threading.Thread(
                target=self._run, args=(name, running, work), name="s3-failover-cache", daemon=True
            ).start()
        except RuntimeError:
            # No thread to be had: the caller has to wait.
            self._run(name, running, work)
        return running

    def _run(self, name: str, running: Revalidation, work: Work) -> None:
        running.run(work)
        with self._lock:
            if self._running.get(name) is running:
                del self._running[name]


OUTAGE_SECONDS = 5.0
"""For how long it counts: as long as a first ejection."""

_SIGN = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class KnownOutage:
    """What this host's processes know about an outage of all of these regions."""

    def __init__(self, regions: Iterable[Region]) -> None:
        places = sorted(f"{region.name} {region.bucket} {region.endpoint_url}" for region in regions)
        self._hash = hashlib.sha256("\n".join(places).encode()).hexdigest()[:16]

    @property
    def is_remembered(self) -> bool:
        """Whether a process has met it a few seconds ago."""
        try:
            found = self._path.lstat()
        except OSError:
            return False
        ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
        return ours and stat.S_ISREG(found.st_mode) and abs(time.time() - found.st_mtime) < OUTAGE_SECONDS

    def remember(self) -> None:
        """Let the other processes know of it. If they cannot, each finds out for itself."""
        with contextlib.suppress(OSError):
            os.close(os.open(self._path, _SIGN, 0o600))
            os.utime(self._path, follow_symlinks=False)

    def forget(self) -> None:
        """Let them know that it is over."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    @property
    def _path(self) -> Path:
        user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
        return Path(tempfile.gettempdir()) / f"s3-failover{user}-{self._hash}.outage"
