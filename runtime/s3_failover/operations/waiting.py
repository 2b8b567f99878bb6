"""Waits until all copies have what was published, says what changes, and after a while why nothing does."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import arrivals, delays, listing
from s3_failover.operations.account import Account
from s3_failover.operations.attributes import Copy
from s3_failover.operations.listing import ListedObject
from s3_failover.operations.shown import amount, shown
from s3_failover.operations.spread import spread

LONGEST_PAUSE = 5.0
"""Seconds between two looks, at most."""

_KEYS_FOR_ONE = 20
"""Keys that are listed in the time of one HEAD."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class ReplicationWait:
    """How to wait for the copies outside `source`, the region that was written.

    It waits so many seconds for each. After so many quiet ones without any arrival it prints why, and again
    when the reason changes.
    """

    site: Site
    account: Account
    source: str
    seconds: float
    quiet: float
    say: Say
    command: str = "publish"
    """The command that waits."""
    prefix: str = ""
    """What all keys begin with."""
    keys: int | None = None
    """About how many keys the copies have that begin so; None if that is not known, and no copy is listed."""

    def until(self, region: str, versions: Mapping[str, str | None]) -> float:
        """Wait until a copy has these versions, and nothing under the keys that have none; return the seconds."""
        names = self.site.names(self.account.id)
        source = Copy(self.account.client("s3", self.source), names.copy(self.source))
        replica = Copy(self.account.client("s3", region), names.copy(region))
        progress = _Progress(self, region, len(versions))
        left, pause, begin = dict(versions), 0.1, time.monotonic()
        while left:
            for key in self._listed(replica, left) or self._asked(source, replica, left):
                del left[key]
            if left and time.monotonic() - begin > self.seconds:
                raise UserError(self._late(left, f"{replica.bucket} in {region}"))
            if left:
                progress.tell(len(left))
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        return time.monotonic() - begin

    def _listed(self, replica: Copy, left: Mapping[str, str | None]) -> list[str]:
        """Return what a listing shows to have arrived; nothing where it takes longer than to ask for each version."""
        if self.keys is None or self.keys > _KEYS_FOR_ONE * len(left):
            return []
        pages = listing.entries(replica.client, replica.bucket, prefix=self.prefix)
        return [entry.key for page in pages for entry in page if entry.key in left and _shows(entry, left[entry.key])]

    def _asked(self, source: Copy, replica: Copy, left: Mapping[str, str | None]) -> Iterator[str]:
        for key, there in spread(lambda item: (item[0], _arrived(source, replica, *item)), list(left.items())):
            if there:
                yield key

    def _late(self, left: Mapping[str, str | None], bucket: str) -> str:
        names = ", ".join(map(shown, list(left)[:3]))
        have, they_are = ("has", "it is") if len(left) == 1 else ("have", "they are")
        return (
            f"{amount(len(left), 'object')} {have} not reached {bucket} after {self.seconds:g} s: {names}; {they_are} "
            f"in {self.source}, and the CDN may show what it has cached: look at the replication, backfill what is "
            f"older than its rules, and run {self.command} again, or run it with --no-wait"
        )


class _Progress:
    """Says how many have arrived when that changes; where it does not for a while, why, and what to do."""

    def __init__(self, waiting: ReplicationWait, region: str, total: int) -> None:
        self._waiting, self._region, self._total = waiting, region, total
        self._left, self._reason, self._since = -1, "", time.monotonic()

    def tell(self, left: int) -> None:
        if left != self._left:
            self._left, self._since = left, time.monotonic()
            self._waiting.say(f"  {self._region}: {self._total - left} of {self._total} replicated")
        elif time.monotonic() - self._since >= self._waiting.quiet:
            self._explain()
            self._since = time.monotonic()

    def _explain(self) -> None:
        reason = delays.why(self._waiting.site, self._waiting.account, self._waiting.source, self._region)
        if reason != self._reason:
            self._reason, command = reason, self._waiting.command
            self._waiting.say(
                f"  nothing has arrived in {self._region} for {self._waiting.quiet:g} s: {reason}. {command} waits "
                f"{self._waiting.seconds:g} s in all, and what was written stays: to stop waiting, press Ctrl-C and "
                f"run {command} again later, or run it with --no-wait"
            )


def _shows(entry: ListedObject, version: str | None) -> bool:
    return entry.deleted if version is None else entry.version_id == version != "null"


def _arrived(source: Copy, replica: Copy, key: str, version: str | None) -> bool:
    """Tell whether a replica has a version; None stands for nothing, `null` for whatever the source has."""
    if version is None:
        return arrivals.head(replica, key) is None
    if version != "null":
        return arrivals.head(replica, key, version) is not None
    ours, theirs = arrivals.head(source, key), arrivals.head(replica, key)
    # Another writer may have deleted it meanwhile.
    return ours is None or (theirs is not None and arrivals.is_copy(ours, theirs))
