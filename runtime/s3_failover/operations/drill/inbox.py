"""The messages of a site's alarms as they arrive: a queue is subscribed to their topics for as long as it is read."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import Site
from s3_failover.drill.timeline import Message
from s3_failover.operations.account import Account
from s3_failover.operations.clock import Clock
from s3_failover.operations.deployment import Deployment


class Inbox:
    """Subscribes a queue in each region; messages of topics that are not the site's own have no severity."""

    def __init__(self, site: Site, account: Account, clock: Clock, topics: Mapping[str, Sequence[str]]) -> None:
        self._severities = Deployment(site, account).severities(topics)
        self._account = account
        self._clock = clock
        self._naming = site.naming
        name = f"drill-{site.naming.short}"
        self._queues = [(region, *self._subscribe(region, name, arns)) for region, arns in topics.items()]

    def read(self) -> Iterator[Message]:
        """Return the messages that have arrived since the last time; a region that is lost tells at a later one."""
        for region, queue, _ in self._queues:
            with contextlib.suppress(BotoCoreError, ClientError):
                yield from self._received(region, queue)

    def close(self) -> None:
        """Take the subscriptions back, as far as AWS answers."""
        for region, queue, subscriptions in self._queues:
            with contextlib.suppress(BotoCoreError, ClientError):
                for subscription in subscriptions:
                    self._account.client("sns", region).unsubscribe(SubscriptionArn=subscription)
                self._account.client("sqs", region).delete_queue(QueueUrl=queue)

    def _received(self, region: str, queue: str) -> Iterator[Message]:
        sqs = self._account.client("sqs", region)
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            yield self._message(json.loads(message["Body"]))

    def _subscribe(self, region: str, name: str, topics: Sequence[str]) -> tuple[str, list[str]]:
        queue = self._account.client("sqs", region).create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{region}:{self._account.id}:{name}"
        sns = self._account.client("sns", region)
        subscribed = [sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn) for topic in topics]
        return queue, [answer["SubscriptionArn"] for answer in subscribed]

    def _message(self, envelope: Mapping[str, str]) -> Message:
        body = json.loads(envelope["Message"])
        severity = self._severities.get(envelope["TopicArn"], "")
        name, text = self._naming.alarm_kind(body["AlarmName"]), body.get("AlarmDescription") or ""
        return Message(self._clock.now(), name, body["NewStateValue"], severity, text)
