"""Hands keys to the function that copies for a site without versions, and which newer events may overtake."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from s3_failover.config import Site, StackRole
from s3_failover.errors import UserError
from s3_failover.names.stacks import Output
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.work import WorkItem
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.refusals import explained
from s3_failover.operations.shown import amount

_BATCH = 10
"""The most messages that SendMessageBatch takes (SQS API)."""


def hand_over(site: Site, account: Account, items: Iterable[WorkItem]) -> Iterator[str]:
    """Put keys into the function's queue, and return them as it has them; raise UserError without the primary's stack.

    The function looks at source and replicas itself, so a key too many or twice does no harm.
    """
    region = site.primary_region
    url = Deployment(site, account).outputs(StackRole.PRIMARY, region)[Output.REPLICATION_QUEUE_URL]
    client: Any = account.client("sqs", region)
    waiting = iter(items)
    while batch := list(islice(waiting, _BATCH)):
        entries = [{"Id": str(at), "MessageBody": json.dumps({"key": item.key})} for at, item in enumerate(batch)]
        with explained(f"hand keys over to {url}", service="sqs"):
            answer = client.send_message_batch(QueueUrl=url, Entries=entries)
        if failed := answer.get("Failed"):
            raise UserError(f"{url} refuses {amount(len(failed), 'key')}: {failed[0].get('Message')}: run it again")
        yield from (item.key for item in batch)
