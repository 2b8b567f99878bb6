"""Looks at many things at once, and waits for none of them too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from s3_failover.errors import UserError

T = TypeVar("T")


def together(parts: Mapping[str, Callable[[], T]], *, seconds: float) -> dict[str, T | UserError]:
    """Return what each part returns, or why it could not be looked at.

    What does not end in time is left behind in a thread that does not keep the process from ending.

    Args:
        parts: what to do, by name.
        seconds: how long to wait, for all of them together.
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
    late = UserError(f"did not answer within {seconds:g} s")
    return {name: found.get(name, late) for name in parts}


def _note(found: dict[str, T | UserError], name: str, look: Callable[[], T]) -> None:
    try:
        found[name] = look()
    except UserError as error:
        found[name] = error
    except Exception as error:
        # In an outage AWS answers what no SDK expects; the other parts must be told nevertheless.
        found[name] = UserError(f"got an answer that nobody expects, {type(error).__name__}: {error}")
