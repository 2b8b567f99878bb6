"""The thread in which a process takes part in publishing for its host."""

import threading
from collections.abc import Callable

from s3_failover.metrics.clock import MetricsClock
from s3_failover.metrics.host_publication import HostPublication
from s3_failover.metrics.outage import HostOutage
from s3_failover.metrics.recorder import Recorder

GRACE = 10.0
"""Seconds that the others leave to the process that published last: one of them needs an AWS client, not all."""
STEP = 5.0
"""Seconds between two looks; how old a snapshot can be that is read for a datapoint."""
CALM = 1.0
"""Seconds between two looks at least, however much happens."""


class Publisher:
    """Shares what a process saw, and publishes for its host when it is its turn; a daemon thread.

    Args:
        publication: the host's publication.
        recorder: knows what the process saw.
        clock: the time.
        second: the second of the minute in which this host publishes.
    """

    def __init__(self, publication: HostPublication, recorder: Recorder, clock: MetricsClock, second: float) -> None:
        self._publication = publication
        self._recorder = recorder
        self._clock = clock
        self._second = second
        self._done: float | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._trouble = HostOutage("metrics cannot be shared between processes, and are not published")
        self._thread = threading.Thread(target=self._run, name="s3-failover-metrics", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Have what the process saw written down now."""
        self._wake.set()

    def stop(self, patience: float) -> None:
        """Have what is left published or left to others, and wait for that; for so many real seconds at most."""
        self._stop.set()
        self._wake.set()
        self._thread.join(patience)

    def abandon(self) -> None:
        """Let go of what is the parent's, in a forked child, where the thread is not."""
        self._publication.abandon()

    def _run(self) -> None:
        # A child that is forked and soon gone leaves no trace, unless it has something to say.
        self._clock.wait(self._wake, CALM)
        while not self._stop.is_set():
            self._guarded(self._look)
            self._clock.wait(self._stop, CALM)
            self._clock.wait(self._wake, self._pause())
            self._wake.clear()
        self._guarded(self._share)
        self._guarded(self._publication.farewell)

    def _look(self) -> None:
        self._share()
        now = self._clock.now()
        slot = self._publication.slot(now)
        if self._done != slot and now >= slot + self._turn() and self._publication.publish(slot):
            self._done = slot

    def _share(self) -> None:
        self._publication.share(self._recorder.gauges(), self._recorder.counts())

    def _turn(self) -> float:
        """Return the second of the minute from which on this process publishes, unless another one has."""
        return self._second + (0 if self._publication.published_last else GRACE)

    def _pause(self) -> float:
        """Return the seconds to the next look: a step, or less when it is this process's turn before that."""
        now = self._clock.now()
        slot = self._publication.slot(now)
        turn = self._turn() + (slot if self._done != slot else slot + self._publication.interval)
        return turn - now if 0 < turn - now < STEP - CALM else STEP - CALM

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            self._trouble.began(error)
        else:
            self._trouble.over()
