"""What each kind of message asks for.

| message | meaning |
| --- | --- |
| an S3 event notification | look at its keys |
| `{"key": "..."}` | look at this key |
| `{"repair": {}}` | compare every copy with the source |
| `{"compare": {"copy": "...", "after": "..."}}` | compare one copy with the source, behind a key |
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from .listings import compared, entries
from .objects import Bucket, Pair, converge

SLICE_SECONDS = 60.0
"""How long one message compares: the rest is left to the next message, so that no size of bucket meets a time limit."""

_BATCH = 10
"""The most messages that SendMessageBatch takes (SQS API)."""


class Replicator:
    """Makes copies of one bucket equal to it, one message at a time.

    Args:
        source: the bucket that is copied.
        copies: where to.
        sqs: a client for the queue's region.
        queue_url: the queue that messages come from, and that further ones are put into.
    """

    def __init__(self, *, source: Bucket, copies: Sequence[Bucket], sqs: Any, queue_url: str) -> None:
        self._source = source
        self._copies = {copy.name: copy for copy in copies}
        self._sqs = sqs
        self._queue_url = queue_url

    def carry_out(self, message: dict[str, Any], seconds_left: Callable[[], float]) -> None:
        """Do what a message asks for.

        Raises:
            ValueError: it asks for nothing that is known.
            ExceptionGroup: a copy failed; the others were made.
        """
        if "repair" in message:
            self._send([{"compare": {"copy": name, "after": ""}} for name in self._copies])
        elif "compare" in message:
            self._compare(message["compare"]["copy"], message["compare"]["after"])
        else:
            for key in _keys(message):
                self.replicate(key, seconds_left)

    def replicate(self, key: str, seconds_left: Callable[[], float]) -> None:
        """Make every copy of a key like its source; one that fails does not keep the others from it.

        Raises:
            ExceptionGroup: a copy failed.
        """

        def attempt(copy: Bucket) -> Exception | None:
            try:
                converge(Pair(self._source, copy, key), seconds_left)
            except Exception as error:
                error.add_note(f"copying {key} to {copy.name}")
                return error
            return None

        with ThreadPoolExecutor(len(self._copies)) as pool:
            errors = [error for error in pool.map(attempt, self._copies.values()) if error]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup(f"{key} was not copied everywhere", errors)

    def _compare(self, name: str, after: str) -> None:
        self._send(self._worth_a_look(name, after))

    def _worth_a_look(self, name: str, after: str) -> Iterator[dict[str, Any]]:
        """Yield a message for every key that is worth a look and, when the time is up, one for the rest of the work."""
        end = time.monotonic() + SLICE_SECONDS
        for key, differs in compared(entries(self._source, after), entries(self._copies[name], after)):
            if differs:
                yield {"key": key}
            if time.monotonic() > end:
                yield {"compare": {"copy": name, "after": key}}
                return

    def _send(self, messages: Iterable[dict[str, Any]]) -> None:
        waiting = iter(messages)
        while batch := list(islice(waiting, _BATCH)):
            sent = [{"Id": str(number), "MessageBody": json.dumps(message)} for number, message in enumerate(batch)]
            answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=sent)
            if answer.get("Failed"):
                raise RuntimeError(f"the queue refused messages: {answer['Failed']}")


def _keys(message: dict[str, Any]) -> list[str]:
    if "key" in message:
        return [message["key"]]
    if message.get("Event") == "s3:TestEvent":
        return []
    if "Records" not in message:
        raise ValueError(
            f"got a message with {', '.join(message) or 'nothing'}, expected Records, key, repair or compare"
        )
    return [unquote_plus(record["s3"]["object"]["key"]) for record in message["Records"]]
