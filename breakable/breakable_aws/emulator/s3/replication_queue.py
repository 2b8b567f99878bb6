"""Replication that waits: while it is paused, while it lags, and while S3 is down at either end.

Transfers of one key to one destination keep their order; what waits is PENDING at its source.
"""

import asyncio
import functools
import itertools
import logging
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.faults.faults import LATE, PAUSE, STALE, Faults

from . import replication_events
from .replication import Transfer, carry_now, deliver, settle
from .replication_events import has_time_control

POLL_SECONDS = 0.05
"""How often it is looked, in real seconds, whether anything waits no longer."""

_AT_ONCE = 50
"""How many transfers are carried before others have their turn."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """A transfer that waits.

    `since` is when it was written, by embedded time.
    """

    transfer: Transfer
    since: float


class ReplicationQueue:
    """The transfers of one emulator that are not carried out yet."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._waiting: list[Waiting] = []
        self._unsaid: list[Waiting] = []
        self._late: set[Waiting] = set()
        self._failed: Counter[tuple[str, str, str]] = Counter()

    def carry(self, transfer: Transfer) -> None:
        """Carry a transfer out, now if nothing holds it back."""
        new = Waiting(transfer, self._faults.clock.now())
        behind = any(_lane(other) == _lane(new) for other in (*self._waiting, *self._unsaid))
        if self._is_stale(transfer):
            # The source says that it is done, no metric counts it, and it arrives when the fault is healed.
            settle(transfer)
            self._unsaid.append(new)
        elif behind or new.since > self._released_until(transfer.source, transfer.destination):
            self._waiting.append(new)
        else:
            self._carry(new)

    async def run(self) -> None:
        """Carry out what waits no longer, for ever."""
        while True:
            try:
                self._carry_unsaid()
                for waiting in list(itertools.islice(self._due(), _AT_ONCE)):
                    self._waiting.remove(waiting)
                    self._carry(waiting)
                self._tell_late()
            except Exception:
                _log.exception("a transfer was not carried out")
            await asyncio.sleep(POLL_SECONDS)

    def _carry_unsaid(self) -> None:
        for unsaid in list(self._unsaid):
            if not self._is_stale(unsaid.transfer):
                self._unsaid.remove(unsaid)
                deliver(unsaid.transfer)

    def _is_stale(self, transfer: Transfer) -> bool:
        return self._faults.has(STALE, _region_of(transfer.destination))

    def waiting(self, source: str, destination: str, rule: str) -> list[Waiting]:
        """Return what waits because of one rule, the oldest first."""
        kept = (source, destination, rule)
        return [waiting for waiting in self._waiting if _rule(waiting.transfer) == kept]

    def take_failures(self, source: str, destination: str, rule: str) -> int:
        """Return how many transfers of a rule have failed since this was asked last."""
        return self._failed.pop((source, destination, rule), 0)

    def _tell_late(self) -> None:
        """Tell once of each transfer that its rule's time control calls late."""
        latest = self._faults.clock.now() - replication_events.THRESHOLD_SECONDS
        for waiting in self._waiting:
            if waiting.since < latest and waiting not in self._late and has_time_control(waiting.transfer):
                self._late.add(waiting)
                replication_events.tell(replication_events.MISSED, waiting.transfer)

    def _due(self) -> Iterator[Waiting]:
        """Yield what waits no longer; whatever comes after something that waits on waits too."""
        held = {_lane(unsaid) for unsaid in self._unsaid}
        released_until = functools.cache(self._released_until)
        for waiting in self._waiting:
            lane = _lane(waiting)
            if lane in held:
                continue
            if waiting.since <= released_until(waiting.transfer.source, waiting.transfer.destination):
                yield waiting
            else:
                held.add(lane)

    def _carry(self, waiting: Waiting) -> None:
        transfer = waiting.transfer
        failure = carry_now(transfer)
        if failure:
            self._failed[_rule(transfer)] += 1
            replication_events.tell_failure(transfer, failure)
        elif waiting in self._late:
            replication_events.tell(replication_events.AFTER, transfer)
        self._late.discard(waiting)

    def _released_until(self, source: str, destination: str) -> float:
        """Return the embedded time up to which what was written may go from bucket to bucket."""
        if not self._faults.active():
            return math.inf
        regions = (_region_of(source), _region_of(destination))
        down = any(self._faults.of_s3(region) not in (None, *LATE) for region in regions)
        if down or self._faults.has(PAUSE, regions[1]):
            return -math.inf
        return self._faults.clock.now() - self._faults.lag(regions[1] or "")


def _region_of(bucket: str) -> str | None:
    return s3.region_of(bucket) if s3.bucket_exists(bucket) else None


def _lane(waiting: Waiting) -> tuple[str, str, str]:
    return waiting.transfer.source, waiting.transfer.key, waiting.transfer.destination


def _rule(transfer: Transfer) -> tuple[str, str, str]:
    return transfer.source, transfer.destination, transfer.rule
