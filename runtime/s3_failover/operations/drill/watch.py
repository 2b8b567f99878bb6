"""Looks at a site from outside, again and again: DNS answers, health checks, alarms and their messages."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import Site
from s3_failover.drill.states import UNKNOWN
from s3_failover.drill.timeline import Lane, Message
from s3_failover.operations import health_checks
from s3_failover.operations.account import Account
from s3_failover.operations.clock import Clock
from s3_failover.operations.drill.inbox import Inbox
from s3_failover.operations.drill.names import Servers, Targets, Viewpoint
from s3_failover.operations.status import alarms

DNS_PAUSE = 1.0
PUBLIC_PAUSE = 5.0
API_PAUSE = 3.0
"""Seconds between two looks: Route 53 takes five API requests a second from an account (Route 53 Developer Guide,
DNSLimitations), of which a site's three checks take one."""

INBOX_PAUSE = 1.0

SHORTEST_PAUSE = 0.2
"""Seconds of the wall clock between two looks at least, so that a fast clock does not become a load test."""

Look = tuple[Callable[[], None], float]
"""What is done again and again, and the pause in between."""


@dataclass(frozen=True)
class WatchedCheck:
    """A deployed endpoint check and the lane of what its checkers saw last."""

    lane: Lane
    identifier: str


class AlarmWatch:
    """Watches the alarms of a site from `start` to `stop`; every look becomes part of a lane.

    `group` is what the names of the alarms go on with; by default all of the site's are watched. `delivered` is whether
    a message counts when it arrives at a subscription, which is made for it; else it counts when CloudWatch says that
    the state has changed: who is subscribed is the doctor's to find out.

    Raises:
        UserError: messages must arrive, and a stack with alarms is missing or cannot be asked.
    """

    def __init__(
        self,
        site: Site,
        account: Account,
        clock: Clock,
        *,
        regions: Sequence[str],
        group: str = "",
        delivered: bool = False,
    ) -> None:
        self._site = site
        self._account = account
        self._clock = clock
        self._regions = regions
        self._group = group
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self.alarms: dict[str, Lane] = {}
        self.messages: list[Message] = []
        self._inbox = Inbox(site, account, clock, self._topics()) if delivered else None

    def start(self) -> None:
        """Look at everything once, and begin to look again and again."""
        looks = self.looks
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
        if self._inbox:
            self._inbox.close()

    @property
    def looks(self) -> list[Look]:
        """What is done again and again, each in a thread of its own."""
        return [(self._look_at_alarms, API_PAUSE), *([(self._read_messages, INBOX_PAUSE)] if self._inbox else [])]

    @property
    def lanes(self) -> list[Lane]:
        """All lanes, in the order in which people read them."""
        return list(self.alarms.values())

    def alarm(self, name: str) -> Lane:
        """Return the lane of an alarm by its name without the site's; one that does not exist stays empty."""
        return self.alarms.get(name) or Lane(name, "alarm")

    def arrived(self, alarm: str, state: str, begin: float) -> float | None:
        """Return when an alarm first told of a state after a time, or None."""
        times = [m.at for m in self.messages if (m.alarm, m.state) == (alarm, state) and m.at >= begin]
        return min(times, default=None)

    def _repeat(self, look: Callable[[], None], pause: float) -> None:
        while not self._stopped.wait(max(self._clock.real(pause), SHORTEST_PAUSE)):
            look()

    def _look_at_alarms(self) -> None:
        for region in self._regions:
            for alarm in self._deployed(region):
                name = self._site.naming.alarm_kind(alarm["AlarmName"])
                state, now = alarm["StateValue"], self._clock.now()
                known = name in self.alarms
                lane = self.alarms.setdefault(name, Lane(name, "alarm"))
                if known and lane.state != state and not self._inbox:
                    self.messages.append(Message(now, name, state, ""))
                lane.look(now, state)

    def _deployed(self, region: str) -> list[Any]:
        try:
            cloudwatch = self._account.client("cloudwatch", region)
            return alarms.described(cloudwatch, AlarmNamePrefix=self._site.naming.alarm(self._group))
        except (BotoCoreError, ClientError):
            return []

    def _topics(self) -> dict[str, list[str]]:
        """Return the topics that the alarms notify, by region; an alarm may also invoke functions, for example."""
        actions = {
            region: {each for alarm in self._deployed(region) for each in alarm["AlarmActions"]}
            for region in self._regions
        }
        return {
            region: sorted(each for each in found if each.split(":")[2] == "sns") for region, found in actions.items()
        }

    def _read_messages(self) -> None:
        if self._inbox:
            self.messages.extend(self._inbox.read())


class Watch(AlarmWatch):
    """Watches a whole site: DNS and health checks besides its alarms."""

    def __init__(
        self, site: Site, account: Account, clock: Clock, *, where: Targets, servers: Servers, delivered: bool = False
    ) -> None:
        self.answer = Lane(servers.first.name, "dns")
        self.public = [Lane(server.name, "dns") for server in servers.public]
        self._viewpoints = [Viewpoint(server, site, account, where) for server in (servers.first, *servers.public)]
        found = health_checks.endpoints(site, account)
        self.checks = {role: WatchedCheck(Lane(f"{role}'s checkers", "check"), each) for role, each in found.items()}
        super().__init__(site, account, clock, regions=alarms.regions(site), delivered=delivered)

    @property
    def looks(self) -> list[Look]:
        """What is done again and again, each in a thread of its own."""
        pauses = [DNS_PAUSE, *(PUBLIC_PAUSE for _ in self.public)]
        of_dns = [
            (self._looker(viewpoint, lane), pause)
            for viewpoint, lane, pause in zip(self._viewpoints, [self.answer, *self.public], pauses, strict=True)
        ]
        return [*of_dns, (self._look_at_checks, API_PAUSE), *super().looks]

    @property
    def lanes(self) -> list[Lane]:
        """All lanes, in the order in which people read them."""
        return [self.answer, *self.public, *(check.lane for check in self.checks.values()), *super().lanes]

    def _looker(self, viewpoint: Viewpoint, lane: Lane) -> Callable[[], None]:
        def look() -> None:
            leads = viewpoint.look().leads
            lane.look(self._clock.now(), leads)

        return look

    def _look_at_checks(self) -> None:
        for check in self.checks.values():
            state = self._observed(check.identifier)
            check.lane.look(self._clock.now(), state)

    def _observed(self, identifier: str) -> str:
        try:
            return health_checks.state(self._account, identifier)
        except (BotoCoreError, ClientError):
            # The control plane is down: it cannot be told from outside, which is what the picture shall say.
            return UNKNOWN
