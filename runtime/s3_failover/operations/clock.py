"""The time by which an account is watched: the wall clock's, or that of an embedded AWS, which may run faster."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; every duration in AWS configuration is in its seconds."""

    @property
    def speed(self) -> float:
        """How much faster than the wall clock it runs."""

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""

    def real(self, seconds: float) -> float:
        """Return how many seconds of the wall clock a duration takes."""

    def patience(self, seconds: float) -> float:
        """Return the timeout of a socket for a duration, in seconds of the wall clock."""


class _Wall:
    speed = 1.0

    def now(self) -> float:
        return time.time()

    def real(self, seconds: float) -> float:
        return seconds

    def patience(self, seconds: float) -> float:
        return seconds


WALL: Clock = _Wall()
"""The clock on the wall, by which accounts of AWS live."""
