"""Queues that functions work off: mappings as CloudFormation has them, and no message lost while others are deleted."""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc, sqs
from ministack.services.cloudformation import provisioners

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original

MAPPING = "AWS::Lambda::EventSourceMapping"


def install() -> None:
    """Take over the mappings, and the two places where a queue's list of messages is replaced by another one."""
    create, update, delete = original(MAPPING)

    def created(logical: str, properties: Properties, stack: str) -> Resource:
        refuse_short_visibility(properties)
        return _tagged(create(logical, properties, stack), properties)

    def updated(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        refuse_short_visibility(new)
        return _tagged(update(physical, old, new, stack, logical), new)

    provisioners._STACK_TAG_PROPERTY[MAPPING] = ("Tags", "list")
    add(MAPPING, create=created, update=updated, delete=delete)
    replace(sqs, "_delete_messages_for_esm", _delete_messages)
    sweep = sqs._dlq_sweep
    replace(sqs, "_dlq_sweep", lambda queue: _swept(sweep, queue))


def refuse_short_visibility(properties: Properties) -> None:
    """Refuse a function whose time limit is longer than its queue hides a message, as Lambda does.

    AWS: `https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html`.

    Raises:
        RefusedError: it is.
    """
    queue = sqs._queue_by_arn(properties["EventSourceArn"])
    function = lambda_svc._functions.get(str(properties["FunctionName"]).rpartition(":function:")[2].partition(":")[0])
    if queue is None or function is None:
        return
    hidden, limit = int(queue["attributes"]["VisibilityTimeout"]), int(function["config"]["Timeout"])
    if hidden < limit:
        message = f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {limit} seconds"
        raise RefusedError(f"InvalidParameterValueException: {message}")


def _tagged(resource: Resource, properties: Properties) -> Resource:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
    lambda_svc._esms[resource[0]]["Tags"] = tags
    return resource


def _delete_messages(queue_url: str, receipt_handles: set[str]) -> None:
    with sqs._queues_lock:
        messages: list[dict[str, Any]] = sqs._get_q(queue_url)["messages"]
        for message in list(messages):
            if message.get("receipt_handle") in receipt_handles:
                messages.remove(message)


def _swept(sweep: Any, queue: dict[str, Any]) -> None:
    """Move the dead letters; what arrives meanwhile goes into the list that is left, so it is brought along."""
    before, known = queue["messages"], len(queue["messages"])
    sweep(queue)
    if queue["messages"] is not before:
        queue["messages"].extend(before[known:])
