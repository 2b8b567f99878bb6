"""The pool of a client's regions and its selectors: the order in which a request asks them.

No region is special, so that every one of them is known to work.
"""

import contextlib
import itertools
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from s3_failover.client import locks
from s3_failover.client.errors import InvalidConfiguration, refuse, require_path
from s3_failover.client.locks import call_after_fork
from s3_failover.client.objects import Attempt
from s3_failover.client.regions.ejection import Ejection, Outliers, RegionState
from s3_failover.client.results import Listeners, RegionHealth, all_failing
from s3_failover.client.settings import Region

_log = logging.getLogger("s3_failover.client")

_PATIENCE = 0.02
"""Seconds to wait for the lock of an index: others hold it for microseconds, and a request cannot wait for more."""


class Selector(Protocol):
    """Chooses where a request begins; the other regions follow at random."""

    def next_index(self, count: int) -> int:
        """Return the index of the region to begin with, 0 to `count` - 1. Called once per request, by any thread."""


def _anywhere() -> int:
    """Return where a rotation begins; drawn from the system, so that forked children differ."""
    return random.SystemRandom().getrandbits(32)


class RoundRobin:
    """Round robin: begins each request one region further than the last one did, the first at random.

    The count is one for all threads of the process, and starts at random again in a forked child: hosts and workers
    that start together do not march in step.
    """

    def __init__(self) -> None:
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Start at random again."""
        self._count = itertools.count(_anywhere())

    def next_index(self, count: int) -> int:
        """Return the index after the last one."""
        return next(self._count) % count


class RandomStart:
    """Begins each request at a random region."""

    def __init__(self) -> None:
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Draw other numbers than the parent."""
        self._random = random.Random()  # noqa: S311 - it spreads load

    def next_index(self, count: int) -> int:
        """Return any index."""
        return int(self._random.random() * count)


class PersistedIndex:
    """Begins each request one region further than the last one did, across restarts and across processes.

    The index is kept in a file, for programs that live for a request or two and would always begin at random. What the
    file holds is a number in ASCII; it is locked while it is read and written, and not synced: after a power cut the
    rotation starts where the disk remembers. When the file cannot be used any more, rotation goes on in memory.

    Args:
        path: the file; made when it is not there, in a directory that is.

    Raises:
        InvalidConfiguration: the path cannot be one, or the file cannot be opened or made.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        require_path("path of the index", path)
        self._path = Path(path)
        self._lock = threading.Lock()
        self._complained = False
        self._memory = _anywhere()
        self._file = self._open()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Open the file again: a lock on an inherited descriptor would be the parent's too."""
        self._lock = threading.Lock()
        with contextlib.suppress(InvalidConfiguration):
            inherited, self._file = self._file, self._open()
            os.close(inherited)

    def next_index(self, count: int) -> int:
        """Return the index after the last one, whichever process had that."""
        try:
            return self._advance() % count
        except OSError as error:
            self._complain(error)
            self._memory += 1
            return self._memory % count

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            msg = (
                f"cannot keep the index in {self._path}: {error.strerror}, expected a file that can be written: "
                "make its directory, or use RoundRobin()"
            )
            raise InvalidConfiguration(msg) from error

    def _advance(self) -> int:
        with self._lock, locks.holding_file(self._file, time.monotonic() + _PATIENCE):
            text = os.pread(self._file, 20, 0)
            # Anything else than a number is an empty or damaged file: begin anew.
            last = int(text) if text.strip().isdigit() else self._memory
            following = (last + 1) % (1 << 62)
            os.pwrite(self._file, b"%020d" % following, 0)
            return following

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            _log.warning("the index in %s cannot be kept, rotating in memory: %s", self._path, error)

    def __del__(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            os.close(self._file)


def required_selector(given: Selector | None) -> Selector:
    """Return a client's selector, by default a round robin; raise InvalidConfiguration if it cannot be one."""
    if given is None:
        return RoundRobin()
    if isinstance(given, type) or not callable(getattr(given, "next_index", None)):
        refuse("selector", given, "an object with next_index(count), such as RoundRobin()")
    return given


class Turn(NamedTuple):
    """A region's turn in one request.

    Attributes:
        state: the region, and what is known about it.
        probe: whether the attempt probes a region whose ejection is over; the request then ends the turn.
    """

    state: RegionState
    probe: bool = False

    def end(self) -> None:
        """Give the right to probe back, if this turn has it."""
        if self.probe:
            self.state.end_probe()


class RegionPool:
    """The regions of one client.

    Args:
        regions: at least one, with distinct names.
        selector: where each request begins.
        ejection: when a failing region is left alone.
        listeners: are called with attempts and changes.

    Attributes:
        regions: as they were given.
        states: what is known about each, in the same order.
        on_doubt: is called when a region should be probed without traffic; None where nothing probes.
    """

    def __init__(
        self, regions: Sequence[Region], *, selector: Selector, ejection: Ejection, listeners: Listeners
    ) -> None:
        self.regions = tuple(regions)
        self.states = tuple(RegionState(region, ejection) for region in self.regions)
        self.on_doubt: Callable[[], None] | None = None
        self._outliers = Outliers([region.name for region in self.regions], ejection)
        self._selector = selector
        self._listeners = listeners
        call_after_fork(self)
        count = len(self.states)
        self._rotations = tuple(self.states[start:] + self.states[:start] for start in range(count))

    def after_fork(self) -> None:
        """Begin anew where the parent's threads were at work; what is known about regions stays."""
        for state in self.states:
            state.after_fork()

    @property
    def health(self) -> tuple[RegionHealth, ...]:
        """What is known about each region, in the order in which they were given."""
        return tuple(state.health for state in self.states)

    def rotation(self) -> Iterator[Turn]:
        """Yield each region's turn once, in the order in which a request asks them.

        The selector names the first; the others follow at random, so that all of them share what a lost region served.
        Ejected regions come last. One whose time is up is probed in its turn, by one request at a time.
        """
        first, *others = self._rotations[self._selector.next_index(len(self.states))]
        last = []
        for state in itertools.chain([first], _shuffled(others)):
            if not state.ejected:
                yield Turn(state)
            elif state.due and state.begin_probe():
                yield Turn(state, probe=True)
            else:
                last.append(state)
        for state in last:
            yield Turn(state)

    def record(self, state: RegionState, attempt: Attempt) -> None:
        """Take an attempt's outcome, and call the listeners."""
        slower = self._outliers.slower(attempt)
        change = state.record(attempt, slower if slower and self._can_spare(state) else None)
        if self._listeners.attempt:
            self._listeners.attempt(attempt)
        if change is None:
            return
        if state.doubtful and self.on_doubt:
            self.on_doubt()
        before, after = change
        if _visible(before) != _visible(after):
            _report(before, after, self.health)
            if self._listeners.region_change:
                # One after the other, and the health of now: the last call must be true.
                with state.telling:
                    self._listeners.region_change(state.health)

    def _can_spare(self, state: RegionState) -> bool:
        """Whether another region is left when this one is ejected."""
        return any(not other.ejected for other in self.states if other is not state)


def _shuffled(states: list[RegionState]) -> Iterator[RegionState]:
    """Yield states in a random order; nothing is done before the first is wanted."""
    random.shuffle(states)
    yield from states


def _visible(health: RegionHealth) -> tuple[bool, bool, bool]:
    return health.failing, health.misconfigured, health.ejected


def _report(before: RegionHealth, after: RegionHealth, all_regions: tuple[RegionHealth, ...]) -> None:
    """Log what operators should know: when a region turns, not each request that fails."""
    told = {"s3_failover_region": after.region, "s3_failover_last_error": after.last_error}
    if after.failing and not before.failing:
        what = "every region fails" if all_failing(all_regions) else "requests go to the other regions"
        _log.warning("region %s fails, %s: %s", after.region, what, after.last_error, extra=told)
    elif before.failing and not after.failing:
        _log.info("region %s answers again", after.region, extra=told)
    if after.misconfigured and not before.misconfigured:
        _log.warning("region %s is misconfigured: %s", after.region, after.last_error, extra=told)
