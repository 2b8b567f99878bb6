"""SQS: the queues that ministack keeps, and what it asks when functions and services use them."""

from collections.abc import Callable
from typing import Any

from ministack.services import sqs

from .hooks import replace

Queue = dict[str, Any]
"""A queue, live: `attributes` and the list of `messages`."""


def all_queues() -> list[Queue]:
    """Return the queues of all accounts and regions."""
    return list(sqs._queues._data.values())


def queue_of(arn: str) -> Queue | None:
    """Return the queue with an ARN."""
    return next((queue for queue in all_queues() if queue["attributes"]["QueueArn"] == arn), None)


def receive_by(around: Callable[[Queue, Callable[[], list[Any]]], list[Any]]) -> None:
    """Have a function receive the messages for Lambda; it gets the queue and what receives them otherwise."""
    receive = sqs._receive_messages_for_esm

    def received(url: str, number: int) -> list[Any]:
        return around(sqs._queues[url], lambda: receive(url, number))

    replace(sqs, "_receive_messages_for_esm", received)


def delete_by(delete: Callable[[Queue, set[str]], None]) -> None:
    """Have a function delete what Lambda has worked off; it gets the queue and the receipt handles."""
    replace(sqs, "_delete_messages_for_esm", lambda url, handles: delete(sqs._queues[url], handles))


def sweep_by(around: Callable[[Queue, Callable[[], None]], None]) -> None:
    """Have a function move dead letters; it gets the queue and what moves them otherwise."""
    sweep = sqs._dlq_sweep
    replace(sqs, "_dlq_sweep", lambda queue: around(queue, lambda: sweep(queue)))


def let_services_send_by(may_send: Callable[[str, str, str, str], bool]) -> None:
    """Have a function tell whether a service may send: queue, service principal, source, the source's account."""
    replace(sqs, "queue_policy_allows", may_send)
