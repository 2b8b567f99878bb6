"""Ends a process with everything it started."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import psutil


def end(pid: int, *, grace: float = 5.0) -> None:
    """End the process group that `pid` leads and all its descendants; returns when they are gone.

    The leader gets SIGTERM and `grace` seconds to end its children itself; whatever is left then is killed.
    """
    family = _family(pid)
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        leader.terminate()
        psutil.wait_procs([leader], timeout=grace)
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
    psutil.wait_procs(remaining, timeout=5)
