"""Publishing for a whole host: one process at a time, one minute once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from s3_failover.metrics import ledger, snapshot
from s3_failover.metrics.clock import MetricsClock
from s3_failover.metrics.datapoints import HostReport
from s3_failover.metrics.ledger import Ledger
from s3_failover.metrics.outage import HostOutage
from s3_failover.metrics.recorder import Counts, Gauges, merged
from s3_failover.metrics.snapshot import GaugeSnapshot

if TYPE_CHECKING:
    from s3_failover.metrics.shared_directory import Member, SharedDirectory

_LEDGER = "ledger.json"
_TRIES, _BETWEEN = 40, 0.05
"""How often, and with how many real seconds in between, a process that ends asks for the lock."""
_FROZEN_AFTER = 3
"""Minutes in which a process may hold the leader lock. A publication takes seconds: CloudWatch's calls time out."""


class HostPublication:
    """The publication of one service on one host, as one of its processes takes part in it.

    Args:
        directory: where the processes meet.
        send: publishes a report; whatever it raises means that it did not arrive.
        clock: the time.
        interval: seconds between two datapoints.
    """

    def __init__(
        self, directory: SharedDirectory, send: Callable[[HostReport], None], clock: MetricsClock, interval: float
    ) -> None:
        self._directory = directory
        self._send = send
        self._clock = clock
        self.interval = interval
        self._sending = HostOutage("metrics cannot be published")
        self._shared: GaugeSnapshot | None = None
        self._accounted = False
        self.published_last = False
        """Whether the last minute was published by this process."""

    def abandon(self) -> None:
        """Let go of what is the parent's, in a forked child."""
        self._directory.after_fork()

    def slot(self, now: float) -> float:
        """Return the start of the minute."""
        return now // self.interval * self.interval

    def share(self, gauges: Gauges, counts: Counts) -> None:
        """Show the others what this process saw; raise OSError if the directory cannot be used."""
        new = snapshot.of(gauges, counts, accounted=self._accounted, written=self._clock.now())
        if self._shared and self._same(self._shared, new):
            return
        self._shared = None
        self._directory.join()
        self._directory.write(new)
        self._shared = new

    def _same(self, shared: GaugeSnapshot, new: GaugeSnapshot) -> bool:
        """Whether nothing happened; once a minute it is written all the same, as cleaners look for old files."""
        return self.slot(shared.written) == self.slot(new.written) and shared == replace(new, written=shared.written)

    def publish(self, slot: float) -> bool:
        """Publish a minute unless it is, for all processes of the host; return False if another one is publishing.

        Raises:
            OSError: the directory cannot be used.
        """
        with self._leading() as ours:
            if not ours:
                return False
            book = self._ledger()
            if ledger.is_due(book, slot):
                members = self._directory.members()
                book = self._claim(book, slot, members)
                self._publish(members, book)
            if book and self._directory.member:
                self.published_last = book.publisher == self._directory.member
                self._accounted = self._directory.member in book.counted
            return True

    def farewell(self) -> None:
        """Stop taking part, without losing a count; raise OSError if the directory cannot be used.

        Other processes of the host count the snapshot that stays behind, and so does a successor that begins within ten
        minutes. So this publishes only what an operator must know at once, and only if no other process is left to
        publish it: for this minute, or for the next one if this one is published already.
        """
        said = False
        try:
            for _ in range(_TRIES):
                with self._leading() as ours:
                    if ours:
                        said = self._is_said()
                        return
                time.sleep(_BETWEEN)
        finally:
            self._directory.leave(nothing_left=said)

    def _is_said(self) -> bool:
        members = self._directory.members()
        if any(member.alive for name, member in members.items() if name != self._directory.member):
            return False
        now, book = self._clock.now(), self._ledger()
        for slot in (self.slot(now), self.slot(now) + self.interval):
            if ledger.is_due(book, slot):
                claimed = self._claim(book, slot, members)
                if self._report(claimed, members).is_urgent:
                    self._publish(members, claimed)
                    return True
                return False
        return False

    def _leading(self) -> AbstractContextManager[bool]:
        return self._directory.leading(self._clock.now(), _FROZEN_AFTER * self.interval)

    def _ledger(self) -> Ledger | None:
        return Ledger.load(self._directory.read(_LEDGER))

    def _claim(self, book: Ledger | None, slot: float, members: Mapping[str, Member]) -> Ledger:
        return ledger.claim(
            book,
            slot=slot,
            publisher=self._directory.member or "",
            members={name: member.snapshot for name, member in members.items() if member.snapshot},
            now=self._clock.now(),
            interval=self.interval,
        )

    def _report(self, book: Ledger, members: Mapping[str, Member]) -> HostReport:
        living = [member.snapshot.gauges for member in members.values() if member.alive and member.snapshot]
        return HostReport(book.slot, merged(living), book.pending, self._clock.now())

    def _publish(self, members: Mapping[str, Member], book: Ledger) -> None:
        report = self._report(book, members)
        if not self._directory.replace(_LEDGER, book.dump()):
            return
        for name, member in members.items():
            if not member.alive:
                self._directory.remove(name)
        try:
            self._send(report)
        except Exception as error:
            self._sending.began(error)
            return
        self._sending.over()
        self._directory.replace(_LEDGER, book.settled().dump())
