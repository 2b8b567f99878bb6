"""The environment that child processes get, and the end of a process with all that it started."""

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

_NEEDED = re.compile(r"PATH|LD_LIBRARY_PATH|LANG|LC_[A-Z]+|TZ")


def environment(own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what a program needs to run, and nothing else of the user's environment: no home, no secrets."""
    return {name: value for name, value in own.items() if _NEEDED.fullmatch(name)}


def background(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, whose output goes to a file."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ, start_new_session=True
        )


def runs(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that has ended and waits for its parent to notice (a zombie) does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def alive(pid: int, started: float) -> bool:
    """Tell whether the process that started then still runs; a later one with the same id is another."""
    try:
        process = psutil.Process(pid)
        return process.create_time() == started and runs(process)
    except psutil.NoSuchProcess:
        return False


def end(pid: int, *, grace: float = 5.0) -> None:
    """End the process group that `pid` leads and all its descendants; returns when they are gone.

    The leader gets SIGTERM and `grace` seconds to end its children itself; whatever is left then is killed. Exit codes
    are left for the parents to take.
    """
    family = _family(pid)
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        leader.terminate()
        _wait([leader], grace)
    _kill([*family, *_group(pid)])


def _family(pid: int) -> list[psutil.Process]:
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _group(pgid: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == pgid:
                members.append(process)
    return members


def _kill(processes: Iterable[psutil.Process]) -> None:
    remaining = list(dict.fromkeys(processes))
    for process in remaining:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _wait(remaining, 5.0)


def _wait(processes: list[psutil.Process], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while any(runs(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
