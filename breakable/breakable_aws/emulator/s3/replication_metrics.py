"""S3's replication metrics, for every rule that asks for them.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html`.
"""

from collections.abc import Iterator

from breakable_aws.clock import EmbeddedClock
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.cloudwatch.metrics import publish

from . import replication_configurations
from .replication import size_of
from .replication_queue import ReplicationQueue
from .replication_rules import Rule, destination_of

NAMESPACE = "AWS/S3"


def publish_all(queue: ReplicationQueue, clock: EmbeddedClock, minute: int) -> None:
    """Publish the metrics of every rule for the minute that begins."""
    for source, rule in _measured_rules():
        destination = destination_of(rule)
        here, there = s3.region_of(source), s3.region_of(destination)
        waiting = queue.waiting(source, destination, rule["ID"])
        dimensions = {"SourceBucket": source, "DestinationBucket": destination, "RuleId": rule["ID"]}
        latency = max((clock.now() - transfer.since for transfer in waiting), default=0)
        pending_bytes = sum(size_of(transfer.transfer) for transfer in waiting)
        failed = queue.take_failures(source, destination, rule["ID"])
        for region, name, unit, value in (
            (there, "ReplicationLatency", "Seconds", latency),
            (there, "OperationsPendingReplication", "Count", len(waiting)),
            (there, "BytesPendingReplication", "Bytes", pending_bytes),
            (here, "OperationsFailedReplication", "Count", failed),
        ):
            publish(region, NAMESPACE, name, dimensions, at=minute, unit=unit, value=value)


def _measured_rules() -> Iterator[tuple[str, Rule]]:
    for source, configuration in replication_configurations.all_of_them().items():
        for rule in configuration.rules:
            measured = (rule["Destination"].get("Metrics") or {}).get("Status") == "Enabled"
            if measured and rule.get("Status") == "Enabled" and s3.bucket_exists(destination_of(rule)):
                yield source, rule
