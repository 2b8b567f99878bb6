"""Replication rules of a bucket, one for each destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_s3 as s3

from s3_failover.replication import ReplicationTarget, rule


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
    """Return a rule for each destination, with metrics on and a priority of its own, as S3's API writes it.

    Raises:
        ValueError: there is no destination.
    """
    if not destinations:
        msg = "supply at least one destination to replicate to, got none"
        raise ValueError(msg)
    return [
        rule(
            each.rule_id,
            priority,
            ReplicationTarget(each.bucket.bucket_arn, each.prefix, each.key_arn, each.owner),
            delete_markers=options.delete_markers,
            time_control=options.time_control,
            two_way=options.two_way,
        )
        for priority, each in enumerate(destinations, start=1)
    ]
