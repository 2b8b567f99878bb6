"""Embedded time: it begins with the embedded AWS and runs at the speed that was set for it."""

import threading
import time
from dataclasses import dataclass

SOCKETS = 4.0
"""How fast socket timeouts run at most: no machine answers in a tenth of a second every time. They keep their order, so
that an origin still gives up before a checker does."""


@dataclass(frozen=True)
class EmbeddedClock:
    """Embedded time; every duration that AWS configuration names is in its seconds."""

    started: float
    speed: float = 1.0
    """How much faster than the clock on the wall it runs; at 1 they are the same."""

    def now(self) -> float:
        """Return the embedded time, in seconds since the epoch."""
        return self.started + (time.time() - self.started) * self.speed

    def real(self, embedded: float) -> float:
        """Return how many real seconds an embedded duration takes."""
        return embedded / self.speed

    def patience(self, embedded: float) -> float:
        """Return the real timeout for an embedded one: scaled, but no faster than `SOCKETS`."""
        return embedded / min(self.speed, SOCKETS)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until an event is set, for so many embedded seconds at most; return whether it is set."""
        return event.wait(self.real(seconds))
