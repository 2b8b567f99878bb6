"""The events that S3 sends to a bucket's notifications about a replication: failed, late, arrived late.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html` and
`https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html`.
"""

from collections.abc import Mapping
from typing import Any

from breakable_aws.emulator.base import s3

from .replication import Transfer, entry_of, rule_of

FAILED = "s3:Replication:OperationFailedReplication"
MISSED = "s3:Replication:OperationMissedThreshold"
AFTER = "s3:Replication:OperationReplicatedAfterThreshold"

THRESHOLD_SECONDS = 900
"""When an object is late, with Replication Time Control; no other threshold can be chosen (S3 API,
ReplicationTimeValue)."""


def tell(event: str, transfer: Transfer, **more: str) -> None:
    """Send an event about a transfer to the targets that the source bucket's notifications name."""
    with s3.in_account_of(transfer.source):
        _tell(event, transfer, entry_of(transfer) or {}, more)


def _tell(event: str, transfer: Transfer, entry: s3.Record, more: Mapping[str, str]) -> None:
    data = {
        "replicationRuleId": transfer.rule,
        "destinationBucket": f"arn:aws:s3:::{transfer.destination}",
        "s3Operation": "OBJECT_DELETE_MARKER" if entry.get("is_delete_marker") else "OBJECT_PUT",
        **more,
    }
    s3.tell_event(
        transfer.source,
        transfer.key,
        event,
        size=int(entry.get("size") or 0),
        etag=str(entry.get("etag") or ""),
        version_id=transfer.version,
        record_extra={"replicationEventData": data},
    )


def tell_failure(transfer: Transfer, reason: str) -> None:
    """Tell that a transfer failed, where its rule has metrics: without them S3 says nothing."""
    if _enabled(transfer, "Metrics"):
        tell(FAILED, transfer, failureReason=reason)


def has_time_control(transfer: Transfer) -> bool:
    """Return whether the rule of a transfer has Replication Time Control."""
    return _enabled(transfer, "ReplicationTime")


def _enabled(transfer: Transfer, feature: str) -> bool:
    rule = rule_of(transfer)
    setting: dict[str, Any] = (rule["Destination"].get(feature) or {}) if rule else {}
    return setting.get("Status") == "Enabled"
