"""Replication rules of a bucket, one for each destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_s3 as s3

from s3_failover import values
from s3_failover.replication import ReplicationTarget, rule
from s3_failover_constructs.arguments import fits, flag, optional_text, text


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
        storage_class: what the copies are stored as; by default what the objects of the source are.
    """

    bucket: s3.IBucket
    rule_id: str
    prefix: str = ""
    key_arn: str | None = None
    owner: str | None = None
    storage_class: s3.StorageClass | None = None

    def __post_init__(self) -> None:
        text("rule_id", self.rule_id)
        text("prefix", self.prefix, empty=True)
        if self.prefix:
            fits("prefix", values.key_prefix(self.prefix))
        if self.key_arn is not None:
            text("key_arn", self.key_arn, remedy="pass the key's key_arn")
            _check_region(self.key_arn, self.bucket.env.region)
        optional_text("owner", self.owner, values.account)


def _check_region(key_arn: str, region: str) -> None:
    """Refuse a key of another region than the bucket's: the role could not use it, and every copy would fail."""
    parts = key_arn.split(":")
    if len(parts) != 6:
        fits("key_arn", [values.Misfit(key_arn, "arn:aws:kms:REGION:ACCOUNT:key/ID", "pass the key's key_arn")])
    elif not Token.is_unresolved(parts[3]) and parts[3] != region:
        of_bucket = "none that is known" if Token.is_unresolved(region) else region
        expected = f"a key in the bucket's region, which is {of_bucket}"
        remedy = "import the bucket with its region: Bucket.from_bucket_attributes(..., region=...)"
        raise ValueError(f"key_arn: got a key in {parts[3]}, expected {expected}; {remedy}")


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

    def __post_init__(self) -> None:
        flag("delete_markers", self.delete_markers)
        flag("time_control", self.time_control)
        flag("two_way", self.two_way)


def replication_rules(
    destinations: Sequence[ReplicationDestination], options: ReplicationOptions
) -> list[dict[str, Any]]:
    """Return a rule for each destination, with metrics on and a priority of its own, as S3's API writes it.

    Raises:
        ValueError: there is no destination, or two have one rule id.
    """
    if not destinations:
        msg = "supply at least one destination to replicate to, got none"
        raise ValueError(msg)
    fits("rule_id", values.each_once([each.rule_id for each in destinations]))
    return [
        rule(
            each.rule_id,
            priority,
            _target(each),
            delete_markers=options.delete_markers,
            time_control=options.time_control,
            two_way=options.two_way,
        )
        for priority, each in enumerate(destinations, start=1)
    ]


def _target(to: ReplicationDestination) -> ReplicationTarget:
    stored_as = to.storage_class.value if to.storage_class else None
    return ReplicationTarget(to.bucket.bucket_arn, to.prefix, to.key_arn, to.owner, stored_as)


def as_property(value: Any) -> Any:
    """Return a rule as CloudFormation's construct takes it, whose properties begin with small letters.

    It is no override of the template: so Aspects and rule checkers see the rules, and an override adds to them.
    """
    if isinstance(value, dict):
        return {_property_name(name): as_property(each) for name, each in value.items()}
    return value


def _property_name(name: str) -> str:
    spelled = name.removesuffix("ID") + "Id" if name.endswith("ID") else name
    return spelled[0].lower() + spelled[1:]
