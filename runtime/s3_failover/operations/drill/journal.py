"""The record of a drill that is under way: written before anything changes, gone when everything is undone.

It is a parameter of SSM in the first replica's region, which must work when the primary's does not, and a file on this
machine, which is there when SSM is not. Creating the parameter is what keeps two people from drilling at once.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import notes
from s3_failover.operations.account import Account
from s3_failover.operations.drill import faults
from s3_failover.operations.drill.fault import Undo
from s3_failover.operations.evacuation import switch
from s3_failover.operations.notes import Notes
from s3_failover.operations.refusals import explained

VERSION = 1


class DamagedError(UserError):
    """A record of a drill does not say how to undo it.

    Attributes:
        what: where it is and what is wrong with it, without what to do.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what


@dataclass(frozen=True)
class JournalEntry:
    """A drill that was begun and is not known to be undone.

    The times are ISO 8601 in UTC; it must be over at `until` at the latest. `by` is the ARN of who drills, `undo` what
    the fault needs to be undone, and `version` that of this record.
    """

    id: str
    site: str
    hostname: str
    account: str
    fault: str
    begun: str
    until: str
    by: str
    undo: Undo
    version: int = VERSION

    def told(self) -> str:
        """Return it in words."""
        return f"{self.fault} of {self.hostname}, begun {self.begun} by {self.by}, over by {self.until} at the latest"

    @property
    def command(self) -> str:
        """How it is finished."""
        return f"s3-failover drill --undo {self.site}"


@dataclass(frozen=True)
class Journal:
    """Where the record of a site's drill is kept.

    The folder is for the copy on this machine.
    """

    site: Site
    account: Account
    folder: Path

    @property
    def name(self) -> str:
        """The parameter's name."""
        return notes.name(self.site, notes.DRILL)

    @property
    def region(self) -> str:
        """Where the parameter is."""
        return self.site.replica_regions[0]

    @property
    def file(self) -> Path:
        """The copy."""
        return self.folder / f"drill-{self.account.id}-{self.site.naming.label}.json"

    def write(self, entry: JournalEntry) -> None:
        """Write down a drill; of two users at the same moment, one succeeds.

        Raises:
            UserError: one is written down already, viewers are held, or it cannot be written.
        """
        try:
            notes.write_new(self.site, self.account, notes.DRILL, asdict(entry))
        except notes.TakenError as error:
            raise _refusal(self.read()) from error
        # Who evacuates writes that down first, too, and then looks for a drill, so one of the two sees the other.
        try:
            self._require_no_evacuation(notes.read(self.site, self.account))
        except UserError:
            self.clear(entry)
            raise
        unfinished = self.file.with_suffix(".unfinished")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(asdict(entry)), encoding="utf-8")
            unfinished.replace(self.file)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            self.clear(entry)
            raise UserError(f"{self.file}: cannot be written: {error.strerror}: nothing was changed") from error

    def require_none(self) -> None:
        """Raise UserError if a drill is written down, in the account or on this machine, or viewers are evacuated."""
        self._require_no_evacuation(notes.read(self.site, self.account))
        entry = self.read() or self.copy()
        if entry is not None:
            raise _refusal(entry)

    def require(self, entry: JournalEntry) -> None:
        """Raise UserError if a drill is no longer written down."""
        if self.read() != entry:
            raise UserError("another user has ended this drill meanwhile, expected its record to stay until its end")

    def _require_no_evacuation(self, found: Notes) -> None:
        if found.evacuation is not None:
            raise UserError(
                f"{switch.told(found.evacuation)}, expected them at the primary: `s3-failover return {self.site.name}`"
            )

    def read(self) -> JournalEntry | None:
        """Return what is written down in the account; None if nothing is.

        Raises:
            DamagedError: it does not say how to undo a drill.
            UserError: it cannot be read, or another version wrote it.
        """
        found = notes.read(self.site, self.account).drill
        return None if found is None else self._entry(found, f"the parameter {self.name} in {self.region}")

    def copy(self) -> JournalEntry | None:
        """Return what is written down on this machine, or None; raises as `read`."""
        try:
            text = self.file.read_text(encoding="utf-8")
        except OSError:
            return None
        return self._entry(notes.parsed(text), str(self.file))

    def clear(self, entry: JournalEntry) -> None:
        """Forget a drill that is undone; another user's, begun since, stays."""
        notes.erase(self.site, self.account, notes.DRILL, asdict(entry))
        with contextlib.suppress(OSError, UserError):
            mine = self.copy()
            if mine is None or mine.id == entry.id:
                self.file.unlink(missing_ok=True)

    def forget_damaged(self) -> list[str]:
        """Delete the records that do not say how to undo a drill; return where they were."""
        gone = []
        try:
            self.read()
        except DamagedError:
            notes.erase(self.site, self.account, notes.DRILL, notes.read(self.site, self.account).drill or {})
            gone.append(f"the parameter {self.name} in {self.region}")
        try:
            self.copy()
        except DamagedError:
            self.file.unlink(missing_ok=True)
            gone.append(str(self.file))
        return gone

    def _entry(self, found: Mapping[str, Any], where: str) -> JournalEntry:
        try:
            version = found["version"]
            entry = JournalEntry(**found) if version == VERSION else None
        except (TypeError, KeyError) as error:
            raise self._damaged(where, str(error)) from error
        if entry is None:
            raise UserError(f"{where} has version {version}, expected {VERSION}: use the s3-failover that wrote it")
        fault = next((each for each in faults.EVERY if each.name == entry.fault), None)
        if fault is None or not isinstance(entry.undo, dict) or not fault.is_undo(entry.undo):
            raise self._damaged(where, f"the undo of {entry.fault} is {entry.undo}")
        return entry

    def _damaged(self, where: str, why: str) -> DamagedError:
        return DamagedError(
            f"{where} holds no record of a drill ({why})",
            f"run `s3-failover drill --undo {self.site.name}`, which deletes it, and removes what drills have left",
        )


def caller(account: Account, region: str) -> str:
    """Return the ARN of who we are; raise UserError if the credentials are another account's by now."""
    with explained("find out who we are", service="sts"):
        told = account.client("sts", region).get_caller_identity()
    if told["Account"] != account.id:
        raise UserError(f"the credentials belong to account {told['Account']}, expected {account.id}")
    return str(told["Arn"])


def moment(when: datetime) -> str:
    """Return a moment as the record has it."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _refusal(entry: JournalEntry | None) -> UserError:
    if entry is None:
        return UserError("another user's drill of this site has just ended: try again")
    return UserError(
        f"a drill is written down: {entry.told()}; expected none: wait until it is over, or finish it with "
        f"`{entry.command}`"
    )


UNREACHABLE = (BotoCoreError, ClientError, UserError)
"""What is raised while AWS, the network or the credentials are away."""
