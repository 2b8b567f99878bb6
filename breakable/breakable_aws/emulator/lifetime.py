"""How the process ends: at once, on a signal or when its owner is gone, and never leaving a child behind."""

import contextlib
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from .children import end_all

OWNER_POLL_SECONDS = 0.25
"""How often the owner is looked for."""


class Lifetime:
    """Ends the process and removes what must not outlive it.

    Ministack waits for running Lambda workers when it is asked to stop, for as long as they like. Nothing in the
    emulator needs an orderly end, because its state lives in memory: the end is therefore immediate.
    """

    def __init__(self) -> None:
        self._files: list[Path] = []
        self._directories: list[Path] = []

    def remove_at_end(self, path: Path) -> None:
        """Remove a file, or a directory with all it holds, when the process ends."""
        (self._directories if path.is_dir() else self._files).append(path)

    def end(self, code: int = 0) -> None:
        """End the process now."""
        end_all()
        for file in self._files:
            with contextlib.suppress(OSError):
                file.unlink()
        for directory in self._directories:
            shutil.rmtree(directory, ignore_errors=True)
        os._exit(code)

    def end_on_signals(self) -> None:
        """End when the process gets SIGTERM, SIGINT or SIGHUP."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def end_with_owner(self, pid: int) -> None:
        """End when the process `pid` is gone."""
        threading.Thread(target=self._watch, args=(pid, os.getppid()), name="owner-watch", daemon=True).start()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.end()

    def _watch(self, pid: int, parent: int) -> None:
        while alive(pid) and not (pid == parent and os.getppid() != parent):
            time.sleep(OWNER_POLL_SECONDS)
        self.end()


def alive(pid: int) -> bool:
    """Tell whether a process exists and has not ended; a zombie, which its parent has not waited for, has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True
