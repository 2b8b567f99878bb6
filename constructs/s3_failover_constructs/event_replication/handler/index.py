"""The function's entry point: takes messages from the queue and says which of them must be delivered again."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .objects import Bucket
from .parts import OutOfTimeError
from .replicator import Replicator

FIRST_RETRY, LAST_RETRY = 30, 900
"""Seconds until a failed message is tried again: doubled each time, up to a quarter of an hour."""

_log = logging.getLogger(__name__)
_CLIENT = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=64,
    s3={"us_east_1_regional_endpoint": "regional"},
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Carry out a batch of messages, all at once, and return those that failed (partial batch response)."""
    records = event["Records"]

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    with ThreadPoolExecutor(len(records)) as pool:
        done = list(pool.map(lambda record: _carried_out(record, seconds_left), records))
    failed = [record["messageId"] for record, succeeded in zip(records, done, strict=True) if not succeeded]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def _carried_out(record: dict[str, Any], seconds_left: Callable[[], float]) -> bool:
    try:
        _replicator().carry_out(json.loads(record["body"]), seconds_left)
    except OutOfTimeError as error:
        _log.info("to be continued: %s", error)
        _deliver_again(record, 0)
    except Exception:
        # Whatever it is, the other messages of the batch have nothing to do with it.
        _log.exception("failed: %s", record["body"])
        _deliver_again(record, _pause(int(record["attributes"]["ApproximateReceiveCount"])))
    else:
        return True
    return False


def _pause(deliveries: int) -> int:
    return int(min(FIRST_RETRY * 2 ** (deliveries - 1), LAST_RETRY))


def _deliver_again(record: dict[str, Any], seconds: int) -> None:
    """Make a failed message visible earlier than the queue's own timeout, which must outlast an invocation."""
    try:
        _sqs().change_message_visibility(
            QueueUrl=os.environ["QUEUE_URL"], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError) as error:
        _log.warning("the message is delivered again when the queue's visibility timeout is over: %s", error)


@cache
def _sqs() -> Any:
    return boto3.client("sqs", config=_CLIENT)


@cache
def _replicator() -> Replicator:
    copies = json.loads(os.environ["COPIES"])
    return Replicator(
        source=Bucket(os.environ["SOURCE"], _s3()),
        copies=[Bucket(copy["Bucket"], _s3(copy["Region"])) for copy in copies],
        sqs=_sqs(),
        queue_url=os.environ["QUEUE_URL"],
    )


def _s3(region: str | None = None) -> Any:
    return boto3.client("s3", region_name=region, config=_CLIENT)
