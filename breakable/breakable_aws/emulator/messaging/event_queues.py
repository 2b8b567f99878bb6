"""Queues that S3 tells about changes: held back while replication is late or paused, and measured every minute.

AWS: `https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html`.
"""

import time
from collections.abc import Callable
from typing import Any

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.sqs import Queue, all_queues, receive_by
from breakable_aws.emulator.cloudwatch.metrics import publish
from breakable_aws.emulator.faults.faults import LAG, PAUSE, Faults

from . import event_sources

NAMESPACE = "AWS/SQS"

_LOOK_AGAIN_SECONDS = 0.2
"""How long a message that is held back stays out of sight until it is looked at again, in real seconds."""


def hold_back(faults: Faults) -> None:
    """Let functions receive the events of S3 only when replication is neither paused nor late.

    A queue is for every region: what is late in one of them is late in all.
    """

    def received(queue: Queue, receive: Callable[[], list[Any]]) -> list[Any]:
        if faults.active() and _takes_events(queue):
            _hide(queue["messages"], faults)
        with event_sources.lock:
            return receive()

    receive_by(received)


def publish_all(clock: EmbeddedClock, minute: int) -> None:
    """Publish the metrics of every queue for the minute that begins."""
    now = time.time()
    for queue in all_queues():
        region, name = queue["attributes"]["QueueArn"].split(":")[3], queue["name"]
        messages = list(queue["messages"])
        visible = sum(1 for message in messages if message["visible_at"] <= now or message["receive_count"] == 0)
        oldest = min((message["sent_at"] for message in messages), default=now)
        for metric, unit, value in (
            ("ApproximateNumberOfMessagesVisible", "Count", float(visible)),
            ("ApproximateNumberOfMessagesNotVisible", "Count", float(len(messages) - visible)),
            ("ApproximateAgeOfOldestMessage", "Seconds", (now - oldest) * clock.speed),
        ):
            publish(region, NAMESPACE, metric, {"QueueName": name}, at=minute, unit=unit, value=value)


def _takes_events(queue: Queue) -> bool:
    arn = queue["attributes"]["QueueArn"]
    return any(arn in _notifications_of(bucket) for bucket in s3.all_buckets())


def _notifications_of(bucket: str) -> str:
    with s3.in_account_of(bucket):
        return s3.document(bucket, "notification") or ""


def _hide(messages: list[dict[str, Any]], faults: Faults) -> None:
    now, active = time.time(), faults.active()
    paused = any(fault.fault == PAUSE for fault in active)
    late = faults.clock.real(max((fault.lag or 0 for fault in active if fault.fault == LAG), default=0))
    for message in list(messages):
        if message["receive_count"] == 0 and (paused or now - message["sent_at"] < late):
            message["visible_at"] = max(message["visible_at"], now + _LOOK_AGAIN_SECONDS)
