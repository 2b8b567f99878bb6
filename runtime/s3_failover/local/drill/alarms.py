"""Looks at a site's alarms from outside, again and again: their states, and the messages that people get."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import Site
from s3_failover.drill.timeline import Lane, Message
from s3_failover.local import aws
from s3_failover.local.clock import Clock
from s3_failover.local.handle import Emulator

_SHORTEST_PAUSE = 0.2


class AlarmWatch:
    """Watches the alarms of one site until it is told to stop; every look becomes part of a lane.

    Args:
        site: the site.
        emulator: where it is deployed.
        clock: embedded time.
        regions: where its alarms are.
        group: what the names of the alarms go on with; by default all of the site's are watched.
    """

    def __init__(
        self, site: Site, emulator: Emulator, clock: Clock, *, regions: Sequence[str], group: str = ""
    ) -> None:
        self._site = site
        self._emulator = emulator
        self._clock = clock
        self._regions = regions
        self._group = group
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self.alarms: dict[str, Lane] = {}
        self.messages: list[Message] = []
        self._queues = self._subscribe()
        self._look_at_alarms()

    def start(self) -> None:
        """Begin to look."""
        self._threads = [threading.Thread(target=self._repeat, args=(look,), daemon=True) for look in self.looks]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, and take the subscriptions back."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        for region, queue, subscriptions in self._queues:
            with contextlib.suppress(BotoCoreError, ClientError):
                for subscription in subscriptions:
                    self.client("sns", region).unsubscribe(SubscriptionArn=subscription)
                self.client("sqs", region).delete_queue(QueueUrl=queue)

    @property
    def looks(self) -> list[Callable[[], None]]:
        """What is done again and again, each in a thread of its own."""
        return [self._look_at_alarms, self._read_messages]

    @property
    def lanes(self) -> list[Lane]:
        """All lanes, in the order in which people read them."""
        return list(self.alarms.values())

    def alarm(self, name: str) -> Lane:
        """Return the lane of an alarm by its name without the site's; one that does not exist stays empty."""
        return self.alarms.get(name) or Lane(name, "alarm")

    def arrived(self, alarm: str, state: str, begin: float) -> float | None:
        """Return when a message of an alarm's state arrived after a time, or None."""
        times = [m.at for m in self.messages if (m.alarm, m.state) == (alarm, state) and m.at >= begin]
        return min(times, default=None)

    def client(self, service: str, region: str) -> Any:
        """Return a client of the embedded AWS."""
        return aws.client(self._emulator, service, region)

    def _repeat(self, look: Callable[[], None]) -> None:
        pause = max(self._clock.real(1.0), _SHORTEST_PAUSE)
        while not self._stopped.is_set():
            look()
            time.sleep(pause)

    def _look_at_alarms(self) -> None:
        for region in self._regions:
            for alarm in self._deployed(region):
                name = self._short(alarm["AlarmName"])
                self.alarms.setdefault(name, Lane(name, "alarm")).look(self._clock.now(), alarm["StateValue"])

    def _deployed(self, region: str) -> list[dict[str, Any]]:
        found = self.client("cloudwatch", region).describe_alarms(
            AlarmNamePrefix=self._site.naming.alarm(self._group), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return [*found["MetricAlarms"], *found["CompositeAlarms"]]

    def _subscribe(self) -> list[tuple[str, str, list[str]]]:
        """Subscribe a queue to the topics of the site's alarms, in each region: messages must arrive, not be sent."""
        queues, name = [], f"drill-{self._site.naming.short}"
        for region in self._regions:
            topics = {action for alarm in self._deployed(region) for action in alarm["AlarmActions"]}
            queue = self.client("sqs", region).create_queue(QueueName=name)["QueueUrl"]
            arn = f"arn:aws:sqs:{region}:{self._emulator.account}:{name}"
            sns = self.client("sns", region)
            subscribed = [sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn) for topic in topics]
            queues.append((region, queue, [answer["SubscriptionArn"] for answer in subscribed]))
        return queues

    def _read_messages(self) -> None:
        for region, queue, _ in self._queues:
            sqs = self.client("sqs", region)
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                self._note(json.loads(message["Body"]))

    def _note(self, envelope: dict[str, Any]) -> None:
        body = json.loads(envelope["Message"])
        severity = "critical" if "Critical" in envelope["TopicArn"] else "warning"
        name, text = self._short(body["AlarmName"]), body.get("AlarmDescription") or ""
        self.messages.append(Message(self._clock.now(), name, body["NewStateValue"], severity, text))

    def _short(self, name: str) -> str:
        return name.removeprefix(self._site.naming.alarms)
