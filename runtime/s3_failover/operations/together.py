"""Looks at many things at once, and waits for none of them too long."""

import queue
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from s3_failover.errors import UserError
from s3_failover.operations.refusals import UnavailableError

T = TypeVar("T")


K = TypeVar("K", bound=Hashable)


def together(parts: Mapping[str, Callable[[], T]], *, seconds: float) -> dict[str, T | UserError]:
    """Return what each part returns, or why it could not be looked at.

    What does not end in time is left behind in a thread that does not keep the process from ending.

    The seconds are for all of them together.
    """
    found: dict[str, T | UserError] = {}
    threads = {
        name: threading.Thread(target=_note, args=(found, name, look), daemon=True) for name, look in parts.items()
    }
    for thread in threads.values():
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads.values():
        thread.join(max(0.0, end - time.monotonic()))
    late = _late(seconds)
    return {name: found.get(name, late) for name in parts}


def by_turns(parts: Mapping[K, Callable[[], T]], *, seconds: float, at_once: int) -> dict[K, T | UserError]:
    """Return what each of many parts returns, as `together` does, with so many of them under way at a time.

    Parts that have not begun when the time is over are not begun any more.
    """
    found: dict[K, T | UserError] = {}
    waiting: queue.SimpleQueue[K] = queue.SimpleQueue()
    for name in parts:
        waiting.put(name)
    end = time.monotonic() + seconds

    def work() -> None:
        while time.monotonic() < end:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                return
            _note(found, name, parts[name])

    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(at_once, len(parts)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(max(0.0, end - time.monotonic()))
    late = _late(seconds)
    return {name: found.get(name, late) for name in parts}


class Later(Generic[T]):
    """One look, begun now and taken later, in a thread that does not keep the process from ending."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._found: dict[str, T | UserError] = {}
        self._thread = threading.Thread(target=_note, args=(self._found, "", look), daemon=True)
        self._thread.start()

    def within(self, seconds: float) -> T:
        """Return what it found, after waiting so long at most.

        Raises:
            UserError: why it found nothing; `UnavailableError` where there was no answer in time.
        """
        self._thread.join(seconds)
        return self._result(_late(seconds))

    def ended(self) -> T:
        """Return what it found, however long that takes.

        Raises:
            UserError: why it found nothing.
        """
        self._thread.join()
        return self._result(UnavailableError("the look ended without a result"))

    def _result(self, otherwise: UserError) -> T:
        found = self._found.get("", otherwise)
        if isinstance(found, UserError):
            raise found
        return found


def _late(seconds: float) -> UnavailableError:
    return UnavailableError(f"there was no answer within {seconds:g} s")


def _note(found: dict[K, T | UserError], name: K, look: Callable[[], T]) -> None:
    try:
        found[name] = look()
    except UserError as error:
        found[name] = error
    except Exception as error:
        # In an outage AWS answers what no SDK expects; the other parts count nevertheless.
        found[name] = UnavailableError(f"the answer was unexpected, {type(error).__name__}: {error}")
