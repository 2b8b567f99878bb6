"""Replication rules as S3's API and CloudFormation both write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_s3 as s3

RTC_MINUTES = 15
"""The only threshold that S3 Replication Time Control takes (S3 API, ReplicationTimeValue)."""


@dataclass(frozen=True)
class ReplicationDestination:
    """A bucket to copy to, and the rule that does it.

    Attributes:
        bucket: the destination, versioned and there before the rule.
        rule_id: the rule's id, which is the `RuleId` dimension of the replication metrics.
        prefix: what the keys that are copied start with; all keys by default.
        key_arn: the ARN of a KMS key in the destination's region, or of its alias, for objects that have a KMS key at
            the source; by default such objects are not copied. S3 does not look whether there is one. The bucket then
            needs its region: `Bucket.from_bucket_attributes(..., region=...)`.
        owner: the account that owns the destination, where that is not the source's: it then owns the copies, too. Its
            bucket needs a policy: see `admit_replication`.
    """

    bucket: s3.IBucket
    rule_id: str
    prefix: str = ""
    key_arn: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class ReplicationOptions:
    """What all rules of a bucket have in common.

    Attributes:
        delete_markers: whether a delete is copied; true by default.
        time_control: whether S3 Replication Time Control is on, which costs by the GB; false by default.
        two_way: whether there are rules in the other direction, too: then changes of a replica's tags are copied back.
            S3 wants that said on both sides (S3 User Guide, replication-for-metadata-changes); false by default.
    """

    delete_markers: bool = True
    time_control: bool = False
    two_way: bool = False


def replication_rules(
    destinations: Sequence[ReplicationDestination], options: ReplicationOptions
) -> list[dict[str, Any]]:
    """Return a rule for each destination, with metrics on and a priority of its own, as CloudFormation writes it.

    Raises:
        ValueError: there is no destination.
    """
    if not destinations:
        msg = "supply at least one destination to replicate to, got none"
        raise ValueError(msg)
    return [_rule(each, priority, options) for priority, each in enumerate(destinations, start=1)]


def _rule(destination: ReplicationDestination, priority: int, options: ReplicationOptions) -> dict[str, Any]:
    rule = {
        "Id": destination.rule_id,
        "Priority": priority,
        "Status": "Enabled",
        # With a filter, even an empty one, S3 takes the current schema: priorities and the delete-marker choice.
        "Filter": {"Prefix": destination.prefix},
        "DeleteMarkerReplication": {"Status": "Enabled" if options.delete_markers else "Disabled"},
        "Destination": _destination(destination, options),
    }
    selected = _selected(destination, options)
    return {**rule, "SourceSelectionCriteria": selected} if selected else rule


def _selected(destination: ReplicationDestination, options: ReplicationOptions) -> dict[str, Any]:
    wanted = {"SseKmsEncryptedObjects": destination.key_arn is not None, "ReplicaModifications": options.two_way}
    return {name: {"Status": "Enabled"} for name, is_wanted in wanted.items() if is_wanted}


def _destination(destination: ReplicationDestination, options: ReplicationOptions) -> dict[str, Any]:
    found: dict[str, Any] = {"Bucket": destination.bucket.bucket_arn, **_measured(time_control=options.time_control)}
    if destination.key_arn is not None:
        found["EncryptionConfiguration"] = {"ReplicaKmsKeyID": destination.key_arn}
    if destination.owner is not None:
        found |= {"Account": destination.owner, "AccessControlTranslation": {"Owner": "Destination"}}
    return found


def _measured(*, time_control: bool) -> dict[str, Any]:
    # Without metrics S3 tells nobody when a copy fails (S3 User Guide, replication-metrics).
    if not time_control:
        return {"Metrics": {"Status": "Enabled"}}
    minutes = {"Minutes": RTC_MINUTES}
    return {
        "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
        "ReplicationTime": {"Status": "Enabled", "Time": minutes},
    }
