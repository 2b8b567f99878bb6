"""Looks at a site from outside, again and again: DNS answers, health checks, alarms, messages."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.local import aws
from s3_failover.local.clock import Clock
from s3_failover.local.deploy import EDGE_REGION, regions
from s3_failover.local.drill import resolver
from s3_failover.local.drill.site import DrilledSite
from s3_failover.local.drill.timeline import Lane, Message
from s3_failover.local.handle import Emulator

CHECKS = ("primary", "distribution", "secondary")
"""The endpoint checks of a site. A calculated one has no status to ask for (Route 53 API, GetHealthCheckStatus)."""
UNKNOWN = "unknown"
HEALTHY, UNHEALTHY = "healthy", "unhealthy"
DISTRIBUTION, SECONDARY = "distribution", "secondary"

_SHORTEST_PAUSE = 0.2


@dataclass(frozen=True)
class _Check:
    """A deployed endpoint check and the lane of what its checkers saw last."""

    lane: Lane
    identifier: str


class Watch:
    """Watches one site until it is told to stop; every look becomes part of a lane.

    Args:
        drilled: the site.
        emulator: where it is deployed.
        dns_port: where the authoritative server answers.
        clock: embedded time.
    """

    def __init__(self, drilled: DrilledSite, emulator: Emulator, dns_port: int, clock: Clock) -> None:
        self._drilled = drilled
        self._emulator = emulator
        self._dns_port = dns_port
        self._clock = clock
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self.answer = Lane("DNS answer", "dns")
        self.checks = self._find_checks()
        self.alarms: dict[str, Lane] = {}
        self.messages: list[Message] = []
        self._queues = self._subscribe()
        self._look_at_alarms()

    def start(self) -> None:
        """Begin to look."""
        looks = [self._look_at_dns, self._look_at_checks, self._look_at_alarms, self._read_messages]
        self._threads = [threading.Thread(target=self._repeat, args=(look,), daemon=True) for look in looks]
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
                    self._client("sns", region).unsubscribe(SubscriptionArn=subscription)
                self._client("sqs", region).delete_queue(QueueUrl=queue)

    @property
    def lanes(self) -> list[Lane]:
        """All lanes, in the order in which people read them."""
        return [self.answer, *(check.lane for check in self.checks.values()), *self.alarms.values()]

    def alarm(self, name: str) -> Lane:
        """Return the lane of an alarm by its name without the site's; one that does not exist stays empty."""
        return self.alarms.get(name) or Lane(name, "alarm")

    def arrived(self, alarm: str, state: str, begin: float) -> float | None:
        """Return when a message of an alarm's state arrived after a time, or None."""
        times = [m.at for m in self.messages if (m.alarm, m.state) == (alarm, state) and m.at >= begin]
        return min(times, default=None)

    def _repeat(self, look: Callable[[], None]) -> None:
        pause = max(self._clock.real(1.0), _SHORTEST_PAUSE)
        while not self._stopped.is_set():
            look()
            time.sleep(pause)

    def _client(self, service: str, region: str = EDGE_REGION) -> Any:
        return aws.client(self._emulator, service, region)

    def _find_checks(self) -> dict[str, _Check]:
        route53 = self._client("route53")
        found: dict[str, _Check] = {}
        for page in route53.get_paginator("list_health_checks").paginate():
            for check in page["HealthChecks"]:
                tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"])
                name = {tag["Key"]: tag["Value"] for tag in tags["ResourceTagSet"]["Tags"]}.get("Name", "")
                site, _, role = name.rpartition(" ")
                if site == self._drilled.name and role in CHECKS:
                    found[role] = _Check(Lane(f"{role}'s checkers", "check"), check["Id"])
        return {role: found[role] for role in CHECKS if role in found}

    def _look_at_dns(self) -> None:
        try:
            target = resolver.ask(self._drilled.site.hostname, self._dns_port, self._clock).target
        except OSError:
            target = ""
        state = DISTRIBUTION if target.endswith(".cloudfront.net") else SECONDARY if target else UNKNOWN
        self.answer.look(self._clock.now(), state)

    def _look_at_checks(self) -> None:
        for check in self.checks.values():
            check.lane.look(self._clock.now(), self._observed(check))

    def _observed(self, check: _Check) -> str:
        try:
            answer = self._client("route53").get_health_check_status(HealthCheckId=check.identifier)
        except (BotoCoreError, ClientError):
            # The control plane is down: nobody can tell from outside, which is what the picture shall say.
            return UNKNOWN
        return _verdict(answer["HealthCheckObservations"])

    def _look_at_alarms(self) -> None:
        prefix = f"{self._drilled.name}-"
        for region in self._regions():
            found = self._client("cloudwatch", region).describe_alarms(
                AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for alarm in [*found["MetricAlarms"], *found["CompositeAlarms"]]:
                name = alarm["AlarmName"].removeprefix(prefix)
                self.alarms.setdefault(name, Lane(name, "alarm")).look(self._clock.now(), alarm["StateValue"])

    def _regions(self) -> list[str]:
        return regions([self._drilled.site])

    def _subscribe(self) -> list[tuple[str, str, list[str]]]:
        """Subscribe a queue to the topics of the site's alarms, in each region: messages must arrive, not be sent."""
        queues = []
        for region in self._regions():
            topics = self._topics(region)
            queue = self._client("sqs", region).create_queue(QueueName=f"drill-{self._drilled.name}")["QueueUrl"]
            arn = f"arn:aws:sqs:{region}:{self._emulator.account}:drill-{self._drilled.name}"
            sns = self._client("sns", region)
            subscribed = [sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn) for topic in topics]
            queues.append((region, queue, [answer["SubscriptionArn"] for answer in subscribed]))
        return queues

    def _topics(self, region: str) -> set[str]:
        found = self._client("cloudwatch", region).describe_alarms(
            AlarmNamePrefix=f"{self._drilled.name}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return {
            action for alarm in [*found["MetricAlarms"], *found["CompositeAlarms"]] for action in alarm["AlarmActions"]
        }

    def _read_messages(self) -> None:
        for region, queue, _ in self._queues:
            sqs = self._client("sqs", region)
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                self._note(json.loads(message["Body"]))

    def _note(self, envelope: dict[str, Any]) -> None:
        body = json.loads(envelope["Message"])
        severity = "critical" if "Critical" in envelope["TopicArn"] else "warning"
        name = body["AlarmName"].removeprefix(f"{self._drilled.name}-")
        self.messages.append(Message(self._clock.now(), name, body["NewStateValue"], severity))


def _verdict(observations: Iterable[dict[str, Any]]) -> str:
    """Return what the last probes of all checkers say together: more than 18 % are enough for healthy.

    The check itself turns later, when each checker has seen the same a threshold of times.
    """
    statuses = [observation["StatusReport"]["Status"] for observation in observations]
    if not statuses:
        return UNKNOWN
    healthy = sum(status.startswith("Success") for status in statuses)
    return HEALTHY if healthy / len(statuses) > 0.18 else UNHEALTHY
