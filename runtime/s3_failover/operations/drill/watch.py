"""Looks at a site in an account from outside, again and again: DNS answers, health checks, alarms."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import EDGE_REGION, Site
from s3_failover.drill.states import UNKNOWN
from s3_failover.drill.timeline import Lane, Message
from s3_failover.operations import health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.drill.names import Servers, Targets, Viewpoint
from s3_failover.operations.status.alarms import of_page

DNS_PAUSE = 1.0
PUBLIC_PAUSE = 5.0
API_PAUSE = 3.0
"""Seconds between two looks: Route 53 takes five API requests a second from an account (Route 53 Developer Guide,
DNSLimitations), of which a site's three checks take one."""


@dataclass(frozen=True)
class Check:
    """A deployed endpoint check and the lane of what its checkers saw last."""

    lane: Lane
    identifier: str


class Watch:
    """Watches one site until it is told to stop; every look becomes part of a lane.

    An alarm's message is its state as CloudWatch has it: who is subscribed to its topics is the doctor's to find out.

    Raises:
        UserError: the site's checks cannot be asked for.
    """

    def __init__(self, site: Site, account: Account, where: Targets, servers: Servers) -> None:
        self._site = site
        self._account = account
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self.answer = Lane(servers.first.name, "dns")
        self.public = [Lane(server.name, "dns") for server in servers.public]
        self._viewpoints = [Viewpoint(server, site, account, where) for server in (servers.first, *servers.public)]
        found = health_checks.endpoints(site, account)
        self.checks = {role: Check(Lane(f"{role}'s checkers", "check"), each) for role, each in found.items()}
        self.alarms: dict[str, Lane] = {}
        self.messages: list[Message] = []

    def start(self) -> None:
        """Look at everything once, and begin to look again and again."""
        looks = self._looks()
        for look, _ in looks:
            look()
        self._threads = [threading.Thread(target=self._repeat, args=each, daemon=True) for each in looks]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def lanes(self) -> list[Lane]:
        """All lanes, in the order in which people read them."""
        return [self.answer, *self.public, *(check.lane for check in self.checks.values()), *self.alarms.values()]

    def alarm(self, name: str) -> Lane:
        """Return the lane of an alarm by its name without the site's; one that does not exist stays empty."""
        return self.alarms.get(name) or Lane(name, "alarm")

    def arrived(self, alarm: str, state: str, begin: float) -> float | None:
        """Return when an alarm was first seen in a state after a time, or None."""
        times = [m.at for m in self.messages if (m.alarm, m.state) == (alarm, state) and m.at >= begin]
        return min(times, default=None)

    def _looks(self) -> list[tuple[Callable[[], None], float]]:
        lanes = [self.answer, *self.public]
        pauses = [DNS_PAUSE, *(PUBLIC_PAUSE for _ in self.public)]
        of_dns = [
            (_looker(viewpoint, lane), pause)
            for viewpoint, lane, pause in zip(self._viewpoints, lanes, pauses, strict=True)
        ]
        return [*of_dns, (self._look_at_checks, API_PAUSE), (self._look_at_alarms, API_PAUSE)]

    def _repeat(self, look: Callable[[], None], pause: float) -> None:
        while not self._stopped.wait(pause):
            look()

    def _look_at_checks(self) -> None:
        for check in self.checks.values():
            check.lane.look(time.time(), self._observed(check.identifier))

    def _observed(self, identifier: str) -> str:
        try:
            return health_checks.state(self._account, identifier)
        except (BotoCoreError, ClientError):
            return UNKNOWN

    def _look_at_alarms(self) -> None:
        for region in sorted({EDGE_REGION, self._site.primary_region, *self._site.replica_regions}):
            for name, state in self._alarms_in(region):
                known = name in self.alarms
                lane = self.alarms.setdefault(name, Lane(name, "alarm"))
                if known and lane.state != state:
                    self.messages.append(Message(time.time(), name, state, ""))
                lane.look(time.time(), state)

    def _alarms_in(self, region: str) -> list[tuple[str, str]]:
        prefix = self._site.naming.alarms
        try:
            pages = (
                self._account.client("cloudwatch", region)
                .get_paginator("describe_alarms")
                .paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            )
            found = [alarm for page in pages for alarm in of_page(page)]
        except (BotoCoreError, ClientError):
            return []
        return [(alarm["AlarmName"].removeprefix(prefix), alarm["StateValue"]) for alarm in found]


def _looker(viewpoint: Viewpoint, lane: Lane) -> Callable[[], None]:
    return lambda: lane.look(time.time(), viewpoint.look().leads)
