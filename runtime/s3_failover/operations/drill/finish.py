"""Undoes a drill, whatever happens meanwhile, and as often as it takes."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.drill import faults, remains
from s3_failover.operations.drill.journal import UNREACHABLE, DamagedError, Journal, JournalEntry
from s3_failover.operations.drill.remains import Remains
from s3_failover.operations.refusals import DeniedError, explained

PATIENCE = 180.0
"""Seconds for which an undo that fails is tried again: time to sign in again in another window, or for a network."""

PAUSE = 3.0
"""Seconds between two tries."""

Say = Callable[[str], None]


def finish(
    account: Account,
    journal: Journal,
    entry: JournalEntry,
    *,
    say: Say,
    patience: float = PATIENCE,
    pause: float = PAUSE,
) -> bool:
    """Undo a drill and forget it; return whether there was something to undo.

    Tries again for `patience` seconds.

    Raises:
        UserError: it could not be undone, with the command that does it later.
    """
    end = time.monotonic() + patience
    undone, state = False, "is NOT known to be undone"
    while True:
        try:
            undone |= _undo(account, entry)
            state = "is undone, but its record is not gone"
            journal.clear(entry)
        except UNREACHABLE as error:
            told = f"{entry.fault} of {entry.hostname} {state}: {error}"
            if time.monotonic() > end:
                kind = DeniedError if isinstance(error, DeniedError) else UserError
                raise kind(f"{told}; run this as soon as you can: {entry.command}") from error
            quietly(say, f"{told}; trying again")
            time.sleep(pause)
        else:
            return undone


@dataclass(frozen=True)
class WrittenDrills:
    """What is written down of a site's drills."""

    entries: tuple[JournalEntry, ...] = ()
    """The drills, in the account and on this machine."""
    damaged: tuple[DamagedError, ...] = ()
    """Why a record does not say what to undo."""


@dataclass(frozen=True)
class FinishedDrills:
    """What was finished."""

    entries: tuple[JournalEntry, ...] = ()
    """The drills, by their records."""
    remains: tuple[str, ...] = ()
    """What drills had left whose records are lost, in words."""
    forgotten: tuple[str, ...] = ()
    """The damaged records that were deleted."""


def undo_written(account: Account, journal: Journal, *, say: Say, patience: float = 0) -> FinishedDrills:
    """Finish what is written down, in the account and on this machine, and remove what lost records left.

    What fails is tried again for `patience` seconds; by default the caller gets the error at once.

    Raises:
        UserError: it could not be undone, or a record is another version's.
    """
    found = written(journal, say=say)
    for entry in found.entries:
        finish(account, journal, entry, say=say, patience=patience)
        # The drill may have begun after that was undone and before it was forgotten; from now on it sees that it is.
        _undo(account, entry)
    removed: tuple[str, ...] = ()
    try:
        left = left_over(journal)
        remains.remove(journal.site, account, left)
        removed = tuple(left.told())
    except UserError as error:
        if not found.entries:
            raise
        # What was written down is undone.
        quietly(say, f"whether drills have left more is unknown: {error}")
    return FinishedDrills(found.entries, removed, tuple(journal.forget_damaged() if found.damaged else ()))


def written(journal: Journal, *, say: Say) -> WrittenDrills:
    """Return the drills that are written down, in the account and on this machine.

    Raises:
        UserError: a record is another version's, or cannot be read, and the other one says nothing.
    """
    found, damaged, unread = dict[str, JournalEntry](), list[DamagedError](), list[UserError]()
    for look in (journal.read, journal.copy):
        try:
            entry = look()
        except DamagedError as error:
            damaged.append(error)
        except UserError as error:
            unread.append(error)
        else:
            found |= {entry.id: entry} if entry else {}
    if unread and not found:
        raise unread[0]
    for why in (*(error.what for error in damaged), *map(str, unread)):
        say(f"{why}; the other record says what to undo" if found else why)
    return WrittenDrills(tuple(found.values()), tuple(damaged))


def left_over(journal: Journal) -> Remains:
    """Return what drills have left whose records are lost; nothing while one is written down.

    Raises:
        UserError: the bucket's policy, a check or the record cannot be read.
    """
    found = remains.look(journal.site, journal.account)
    # A drill writes its record first: what belongs to one that has begun meanwhile is not left over.
    with contextlib.suppress(DamagedError):
        if journal.read() is not None:
            return Remains(found.bucket)
    return found


def quietly(say: Say, line: str) -> None:
    """Print a message; a terminal that is gone must not stop the undo."""
    with contextlib.suppress(OSError):
        say(line)


def _undo(account: Account, entry: JournalEntry) -> bool:
    if entry.account != account.id:
        raise UserError(f"the drill was in account {entry.account}, the credentials belong to {account.id}")
    fault = faults.named(entry.fault)
    with explained(f"undo {entry.fault} of {entry.hostname}", service=fault.service):
        return fault.undo(account, entry.undo)
