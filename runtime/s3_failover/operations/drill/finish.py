"""Undoes a drill, whatever happens meanwhile, and as often as it takes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.drill import faults
from s3_failover.operations.drill.journal import UNREACHABLE, Entry, Journal
from s3_failover.operations.refusals import explained

PATIENCE = 180.0
"""Seconds for which an undo that fails is tried again: time to sign in again in another window, or for a network."""

PAUSE = 3.0
"""Seconds between two tries."""

Say = Callable[[str], None]


def finish(
    account: Account, journal: Journal, entry: Entry, *, say: Say, patience: float = PATIENCE, pause: float = PAUSE
) -> bool:
    """Undo a drill and forget it; return whether there was something to undo.

    Tries again for `patience` seconds.

    Raises:
        UserError: it could not be undone, with the command that does it later.
    """
    end = time.monotonic() + patience
    undone = False
    while True:
        try:
            undone |= _undo(account, entry)
            journal.clear(entry)
        except UNREACHABLE as error:
            if time.monotonic() > end:
                raise UserError(
                    f"{entry.fault} of {entry.hostname} is NOT known to be undone: {error}; run this as soon as you "
                    f"can: {entry.command}"
                ) from error
            quietly(say, f"not undone yet, trying again: {error}")
            time.sleep(pause)
        else:
            return undone


def undo_written(account: Account, journal: Journal, *, say: Say, patience: float = 0) -> list[Entry]:
    """Finish what is written down, in the account and on this machine; return the drills that were finished.

    What fails is tried again for `patience` seconds; by default it is said at once, to whoever asked.

    Raises:
        UserError: it could not be undone, or neither record can be read.
    """
    written = journal.copy()
    try:
        entries = [journal.read(), written]
    except UserError as error:
        if written is None:
            raise
        say(f"{error}; the copy on this machine says what to undo")
        entries = [written]
    found = {entry.id: entry for entry in entries if entry is not None}
    for entry in found.values():
        finish(account, journal, entry, say=say, patience=patience)
    return list(found.values())


def quietly(say: Say, line: str) -> None:
    """Say something, unless the terminal is gone: that must not keep anybody from undoing."""
    with contextlib.suppress(OSError):
        say(line)


def _undo(account: Account, entry: Entry) -> bool:
    if entry.account != account.id:
        raise UserError(f"the drill was in account {entry.account}, the credentials belong to {account.id}")
    with explained(f"undo {entry.fault} of {entry.hostname}"):
        return faults.named(entry.fault).undo(account, entry.undo)
