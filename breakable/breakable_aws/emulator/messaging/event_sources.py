"""Queues that functions work off: mappings as CloudFormation has them, and no message lost while others are deleted."""

import threading
from collections.abc import Callable
from urllib.parse import quote, urlencode

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base import scopes
from breakable_aws.emulator.base.cloudformation import pass_stack_tags
from breakable_aws.emulator.base.requests import ask_rest, document_of, succeeds
from breakable_aws.emulator.base.sqs import Queue, delete_by, queue_of, sweep_by
from breakable_aws.emulator.cloudformation.resource_types import (
    Properties,
    Resource,
    check_before,
    complete_after,
    tags_of,
)

MAPPING = "AWS::Lambda::EventSourceMapping"

lock = threading.Lock()
"""A thread must hold this lock to receive or delete messages for functions."""


def install() -> None:
    """Take over the mappings, and the two places where a queue's list of messages is replaced by another one."""
    pass_stack_tags(MAPPING)
    check_before(MAPPING, refuse_short_visibility)
    complete_after(MAPPING, _tag)
    delete_by(_delete_messages)
    sweep_by(_swept)


def refuse_short_visibility(properties: Properties, _physical: str | None) -> Properties:
    """Raise RefusedError for a function whose time limit is longer than its queue hides a message, as Lambda does.

    AWS: `https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html`.
    """
    name = str(properties["FunctionName"]).rpartition(":function:")[2].partition(":")[0]
    function = ask_rest("lambda", "GET", f"/2015-03-31/functions/{name}/configuration")
    queue = queue_of(properties["EventSourceArn"])
    if queue is None or not succeeds(function):
        return properties
    hidden, limit = int(queue["attributes"]["VisibilityTimeout"]), int(document_of(function)["Timeout"])
    if hidden < limit:
        message = f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {limit} seconds"
        raise RefusedError(f"InvalidParameterValueException: {message}")
    return properties


def _tag(resource: Resource, new: Properties, _physical: str, old: Properties) -> None:
    tags = tags_of(new)
    arn = f"arn:aws:lambda:{scopes.region()}:{scopes.account()}:event-source-mapping:{resource[0]}"
    path, dropped = f"/2017-03-31/tags/{quote(arn)}", [("tagKeys", key) for key in tags_of(old) if key not in tags]
    if dropped:
        ask_rest("lambda", "DELETE", path, query=urlencode(dropped))
    ask_rest("lambda", "POST", path, {"Tags": tags})


def _delete_messages(queue: Queue, receipt_handles: set[str]) -> None:
    with lock:
        for message in list(queue["messages"]):
            if message.get("receipt_handle") in receipt_handles:
                queue["messages"].remove(message)


def _swept(queue: Queue, sweep: Callable[[], None]) -> None:
    """Move the dead letters; what arrives meanwhile goes into the list that is left, so it is brought along."""
    before, known = queue["messages"], len(queue["messages"])
    sweep()
    if queue["messages"] is not before:
        queue["messages"].extend(before[known:])
