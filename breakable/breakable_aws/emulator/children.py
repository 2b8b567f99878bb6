"""The processes that ministack starts: every one is in a group of its own and ends with the emulator.

None sees more of the environment than it needs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from .environment import of_child

_started: weakref.WeakSet[Child] = weakref.WeakSet()

Credentials = Callable[[Mapping[str, str]], dict[str, str]]
"""Returns the credentials of a process that ministack starts with an environment."""

_credentials: list[Credentials] = []


class Child(subprocess.Popen[Any]):
    """A process that leads a group, so that whatever it starts can be ended with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("start_new_session", True)
        given = kwargs.get("env")
        kwargs["env"] = of_child(given) | (_credentials[0](given) if given else {})
        super().__init__(*args, **kwargs)
        _started.add(self)


def adopt_future_children(credentials: Credentials) -> None:
    """Make everything that this process starts from now on a `Child`, with credentials of its own."""
    _credentials[:] = [credentials]
    subprocess.Popen = Child  # type: ignore[misc]


def end_all() -> None:
    """End every child and whatever it started, at once."""
    for child in list(_started):
        # A child that was waited for has given its id back: another process may have it by now.
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
