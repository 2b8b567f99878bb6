"""What a host has published: which minute was the last, and what of each process's counters was in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s3_failover.metrics.snapshot import GaugeSnapshot

EVIDENCE = 600.0
"""Seconds for which what a dead process counted is news, as for how long a host's last gauge is in the Prometheus
rules. Older counters, of a job that ran yesterday, raise no alarm today."""
SET_BACK = 900.0
"""A last minute that is so many seconds in the future was written before the clock was set back: it does not count."""


@dataclass(frozen=True)
class Ledger:
    """The account of one host."""

    slot: float
    """The minute that was published last, in seconds since the epoch."""
    publisher: str
    """The member that did it."""
    counted: Mapping[str, Counter[str]] = field(default_factory=dict)
    """By member, the counters up to which it was counted."""
    pending: Counter[str] = field(default_factory=Counter)
    """Counted, but not known to have arrived."""

    def dump(self) -> str:
        """Return it as one line of JSON."""
        members = {name: dict(counters) for name, counters in self.counted.items()}
        return json.dumps(
            {"slot": self.slot, "publisher": self.publisher, "counted": members, "pending": dict(self.pending)},
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, text: str | None) -> Ledger | None:
        """Return what `dump` wrote, None when there is nothing, or nothing that can be read."""
        try:
            found: dict[str, Any] = json.loads(text or "")
            counted = {str(name): Counter(counters) for name, counters in found["counted"].items()}
            return cls(float(found["slot"]), str(found["publisher"]), counted, Counter(found["pending"]))
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def settled(self) -> Ledger:
        """Return the account after what was pending has arrived."""
        return Ledger(self.slot, self.publisher, self.counted)


def is_due(ledger: Ledger | None, slot: float) -> bool:
    """Whether no process has published this minute or a later one."""
    return ledger is None or ledger.slot < slot or ledger.slot > slot + SET_BACK


def claim(
    ledger: Ledger | None,
    *,
    slot: float,
    publisher: str,
    members: Mapping[str, GaugeSnapshot],
    now: float,
    interval: float,
) -> Ledger:
    """Return the account that gives a minute to a publisher, with everything new in `pending`.

    The publisher writes it before the call, so no other process publishes the minute again if the publisher is killed
    in the middle of the call. The next minute sends what was pending then. So a minute has at most one datapoint, and a
    count is published once or, after a crash or a lost answer, twice; it is never left out.

    Args:
        ledger: the account so far, None when there is none or it was cleaned away.
        slot: the minute.
        publisher: the member that publishes it.
        members: the snapshots of all members, dead ones too.
        now: the time.
        interval: seconds between two publications.
    """
    pending = Counter(ledger.pending) if ledger and now - ledger.slot <= EVIDENCE + interval else Counter[str]()
    for name, snapshot in members.items():
        pending.update(snapshot.counters - _counted(ledger, name, snapshot, now, interval))
    return Ledger(slot, publisher, {name: snapshot.counters for name, snapshot in members.items()}, pending)


def _counted(ledger: Ledger | None, name: str, snapshot: GaugeSnapshot, now: float, interval: float) -> Counter[str]:
    """Return what of a member's counters is no news."""
    forgotten = ledger is None and snapshot.accounted
    # A live process writes its snapshot once an interval at least.
    if forgotten or now - snapshot.written > EVIDENCE + interval:
        return snapshot.counters
    return Counter(ledger.counted.get(name, {})) if ledger else Counter()
