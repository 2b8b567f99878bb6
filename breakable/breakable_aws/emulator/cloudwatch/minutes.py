"""Does something once in every minute of embedded time, even in those that a busy machine would miss."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from breakable_aws.clock import EmbeddedClock

MINUTE = 60
_MOST_BEHIND = 15
"""How many minutes are caught up on, at most."""

_log = logging.getLogger(__name__)


async def each(clock: EmbeddedClock, act: Callable[[int], None]) -> None:
    """Call a function with the start of every embedded minute, as soon as it has begun, for ever."""
    done = minute_of(clock.now())
    while True:
        now = clock.now()
        for minute in begun_since(done, now):
            try:
                act(minute)
            except Exception:
                _log.exception("what is due every minute was not done")
            done = minute
        await asyncio.sleep(max(clock.real(done + MINUTE - clock.now()), 0))


def minute_of(moment: float) -> int:
    """Return the start of the minute that a moment is in."""
    return int(moment // MINUTE) * MINUTE


def begun_since(last: int, now: float) -> Iterator[int]:
    """Yield the start of every minute that began after another one, the latest ones if they are many."""
    current = minute_of(now)
    yield from range(max(last + MINUTE, current - (_MOST_BEHIND - 1) * MINUTE), current + 1, MINUTE)
