"""What was seen, when: lanes of states over embedded time."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A state that lasted from `begin` to `end`."""

    begin: float
    end: float
    state: str


class Lane:
    """The states of one thing over time, from repeated looks at it."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self._looks: list[tuple[float, str]] = []
        self._lock = threading.Lock()

    def look(self, at: float, state: str) -> None:
        """Note the state that was seen at a time; only changes are kept."""
        with self._lock:
            if not self._looks or self._looks[-1][1] != state:
                self._looks.append((at, state))

    @property
    def state(self) -> str:
        """The state seen last, or an empty string before the first look."""
        with self._lock:
            return self._looks[-1][1] if self._looks else ""

    def changes(self, begin: float, end: float) -> list[tuple[float, str]]:
        """Return the changes seen in a window, the first look ever not counted."""
        with self._lock:
            return [(at, state) for at, state in self._looks[1:] if begin <= at < end]

    def first(self, state: str, begin: float, end: float = float("inf")) -> float | None:
        """Return when the state was first seen to begin in a window, or None."""
        return next((at for at, seen in self.changes(begin, end) if seen == state), None)

    def spans(self, begin: float, end: float) -> Iterator[Span]:
        """Return the states between two times, cut at them."""
        with self._lock:
            looks = list(self._looks)
        for (at, state), following in zip(looks, [*(look[0] for look in looks[1:]), end], strict=True):
            if following > begin and at < end:
                yield Span(max(at, begin), min(following, end), state)


@dataclass(frozen=True)
class Message:
    """A notification that arrived at a subscription: which alarm, in which state, when, how severe, and its text."""

    at: float
    alarm: str
    state: str
    severity: str
    text: str = ""
