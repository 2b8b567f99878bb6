"""Runs a long command, hands on its lines as they come and ends it with everything it started."""

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from breakable_aws import processes

_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, negative if a signal ended it, and all lines it printed."""

    code: int
    lines: tuple[str, ...]


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    needed: Callable[[], bool],
    on_line: Callable[[str], None],
) -> Ended:
    """Return how a command ended; no process of it is left, also if this is interrupted.

    It gets no standard input, and `environment` is its whole one. `needed` is asked while it runs; once it returns
    False the command is ended. `on_line` gets each line, standard error included.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, needed, done), daemon=True)
        watch.start()
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                on_line(lines[-1])
        except BaseException:
            processes.end(process.pid, grace=1.0)
            raise
        finally:
            done.set()
            watch.join()
    return Ended(process.returncode, tuple(lines))


def _watch(pid: int, needed: Callable[[], bool], done: threading.Event) -> None:
    while not done.wait(_LOOK_SECONDS):
        if not needed():
            processes.end(pid, grace=1.0)
            return
