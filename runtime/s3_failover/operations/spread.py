"""Work on many items side by side, without holding more than a few of them."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS = 32
"""Objects worked on side by side: each takes a few requests, and S3 answers thousands a second per prefix."""


def spread(work: Callable[[T], R], items: Iterable[T], *, end: Callable[[], None] = lambda: None) -> Iterator[R]:
    """Return the results of some work on many items, in no order.

    After an error, an interrupt, or when the caller wants no more results, the work under way is finished and none is
    begun.

    `end` is called before the last work is waited for, so that it may be cut short.
    """
    running: set[Future[R]] = set()
    pool = ThreadPoolExecutor(THREADS)
    try:
        for item in items:
            running.add(pool.submit(work, item))
            if len(running) >= 2 * THREADS:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        for future in as_completed(running):
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        end()
        pool.shutdown()


def counted(results: Iterable[T], total: int, what: str, say: Callable[[str], None]) -> Iterator[T]:
    """Hand results on, and say every two seconds how many there were and how long the rest will take."""
    begin = told = time.monotonic()
    for number, result in enumerate(results, start=1):
        now = time.monotonic()
        if now - told > 2:
            told = now
            rate = number / (now - begin)
            say(f"  {number:,} of {total:,} {what}, {rate:,.0f}/s, {(total - number) / rate:,.0f} s left")
        yield result
