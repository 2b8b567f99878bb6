"""Delays the end by SIGINT, SIGTERM and SIGHUP until the drill is undone."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class Interrupts:
    """From entering to leaving, notes SIGINT, SIGTERM and SIGHUP in place of ending; a second one changes nothing.

    Outside the main thread, where signals do not arrive, it does nothing.

    Attributes:
        number: the first signal that came; 0 if none did.
        asked: whether one came.
    """

    def __init__(self) -> None:
        self.number = 0
        self.asked = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number
        self.asked.set()
        # Not print(): a handler may come in the middle of another one's.
        with contextlib.suppress(OSError):
            os.write(2, b"\ninterrupted: what is broken is undone first; this takes a moment\n")
