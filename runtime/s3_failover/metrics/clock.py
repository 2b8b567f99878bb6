"""The time that publishers live by."""

import threading
import time
from typing import Protocol


class MetricsClock(Protocol):
    """Tells the time and waits; another one than the wall's makes minutes pass faster, in tests and drills."""

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until an event is set, for so many of this clock's seconds at most; return whether it is set."""


class WallClock:
    """The clock on the wall, which is the default."""

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until an event is set, for so many seconds at most; return whether it is set."""
        return event.wait(seconds)
