"""A replication rule as the S3 API writes it: one spelling for rules that we put and for those that we print.

ARNs may be CDK tokens: they are only put together.
"""

from dataclasses import dataclass
from typing import Any

RTC_MINUTES = 15
"""The only threshold that S3 Replication Time Control takes (S3 API, ReplicationTimeValue)."""


@dataclass(frozen=True)
class ReplicationTarget:
    """Where a rule copies to, and what.

    Attributes:
        bucket_arn: the destination.
        prefix: what the keys that are copied start with; all keys by default.
        key_arn: the KMS key in the destination's region, or its alias, for objects with a KMS key at the source; by
            default such objects are not copied.
        owner: the account that owns the destination, where that is not the source's; it then owns the copies, too.
        storage_class: what the copies are stored as; by default what the objects of the source are.
    """

    bucket_arn: str
    prefix: str = ""
    key_arn: str | None = None
    owner: str | None = None
    storage_class: str | None = None


def rule(
    rule_id: str, priority: int, target: ReplicationTarget, *, delete_markers: bool, time_control: bool, two_way: bool
) -> dict[str, Any]:
    """Return a rule.

    Args:
        rule_id: its id, which is the `RuleId` dimension of the replication metrics.
        priority: a number of its own.
        target: where to, and what.
        delete_markers: whether a delete is copied.
        time_control: whether S3 Replication Time Control is on.
        two_way: whether there is a rule in the other direction, so that changes of a replica's tags are copied, too.
    """
    found = {
        "ID": rule_id,
        "Priority": priority,
        "Status": "Enabled",
        # With a filter, even an empty one, S3 takes the current schema: priorities and the delete-marker choice.
        "Filter": {"Prefix": target.prefix},
        "DeleteMarkerReplication": {"Status": "Enabled" if delete_markers else "Disabled"},
        "Destination": _destination(target) | _measured(time_control=time_control),
    }
    wanted = {"SseKmsEncryptedObjects": target.key_arn is not None, "ReplicaModifications": two_way}
    selected = {name: {"Status": "Enabled"} for name, is_wanted in wanted.items() if is_wanted}
    return {**found, "SourceSelectionCriteria": selected} if selected else found


def _destination(target: ReplicationTarget) -> dict[str, Any]:
    found: dict[str, Any] = {"Bucket": target.bucket_arn}
    if target.key_arn is not None:
        found["EncryptionConfiguration"] = {"ReplicaKmsKeyID": target.key_arn}
    if target.owner is not None:
        found |= {"Account": target.owner, "AccessControlTranslation": {"Owner": "Destination"}}
    if target.storage_class is not None:
        found["StorageClass"] = target.storage_class
    return found


def _measured(*, time_control: bool) -> dict[str, Any]:
    # Without metrics S3 does not report a copy that fails (S3 User Guide, replication-metrics).
    if not time_control:
        return {"Metrics": {"Status": "Enabled"}}
    minutes = {"Minutes": RTC_MINUTES}
    return {
        "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
        "ReplicationTime": {"Status": "Enabled", "Time": minutes},
    }
