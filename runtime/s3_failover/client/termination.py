"""Removing unfinished files that have a name when SIGTERM ends the process, as no file system does it for them.

Python runs handlers of signals in the main thread alone, and lets only that one set them: it is set by the first client
or file of the main thread, where the application has none of its own. An application that has one ends by an exception,
or knows what it does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from types import FrameType

_names: set[tuple[int, Path]] = set()
"""Process ids and names: what a forked child inherits is its parent's."""


def watch() -> None:
    """Remove what is noted when SIGTERM comes, if that would end the process at once."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def note(name: Path) -> None:
    """Have a file removed when SIGTERM comes."""
    watch()
    _names.add((os.getpid(), name))


def forget(name: Path) -> None:
    """Leave a file alone: it is removed already, or has another name."""
    _names.discard((os.getpid(), name))


def _terminate(number: int, _frame: FrameType | None) -> None:
    for process, name in _names.copy():
        if process == os.getpid():
            with contextlib.suppress(OSError):
                name.unlink()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
