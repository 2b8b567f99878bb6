"""Replication rules of a bucket, one for each destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from s3_failover import values
from s3_failover.replication import ReplicationTarget, rule
from s3_failover_constructs.arguments import a_bucket, fits, flag, offers, text


@dataclass(frozen=True)
class ReplicationDestination:
    """A bucket to copy to, and the rule that does it.

    Attributes:
        bucket: the destination, versioned and there before the rule.
        id: the rule's id, which is the `RuleId` dimension of the replication metrics.
        prefix: what the keys that are copied start with; all keys by default.
        kms_key: a KMS key in the destination's region, or its ARN, or that of its alias, for objects that have a KMS
            key at the source; by default such objects are not copied. S3 does not look whether there is one. The bucket
            then needs its region: `Bucket.from_bucket_attributes(..., region=...)`.
        storage_class: what the copies are stored as; by default what the objects of the source are.

    A bucket of another account than the source's owns its copies, and needs a policy: see `admit_replication`. Both
    accounts must be known: `Bucket.from_bucket_attributes(..., account=...)`, in a stack that has an account.
    """

    bucket: s3.IBucket
    id: str
    prefix: str = ""
    kms_key: kms.IKey | str | None = None
    storage_class: s3.StorageClass | None = None

    def __post_init__(self) -> None:
        a_bucket("bucket", self.bucket)
        if self.storage_class is not None:
            offers("storage_class", self.storage_class, ["value"], "a storage class", _STORAGE_CLASS)
        text("id", self.id, values.rule_id)
        text("prefix", self.prefix, empty=True)
        if self.prefix:
            fits("prefix", values.key_prefix(self.prefix))
        if self.key_arn is not None:
            _check_region(self._key_region(self.key_arn), self.bucket.env.region)

    @property
    def key_arn(self) -> str | None:
        """The key's ARN; None without a key."""
        return self.kms_key if self.kms_key is None or isinstance(self.kms_key, str) else _arn_of(self.kms_key)

    def owner_beside(self, account: str) -> str | None:
        """Return the account that owns the bucket; None where it is the source's, or one of the two is not known."""
        owner = self.bucket.env.account
        known = not (Token.is_unresolved(owner) or Token.is_unresolved(account))
        return owner if known and owner != account else None

    def _key_region(self, key_arn: str) -> str:
        if self.kms_key is not None and not isinstance(self.kms_key, str):
            return self.kms_key.env.region
        text("kms_key", key_arn, remedy=_KEY)
        parts = key_arn.split(":")
        if len(parts) != 6:
            fits("kms_key", [values.Misfit(key_arn, "arn:aws:kms:REGION:ACCOUNT:key/ID", _KEY)])
            return key_arn
        return parts[3]


_KEY = "pass the key or its ARN"
_STORAGE_CLASS = "write it as in s3.StorageClass.INFREQUENT_ACCESS"


def _arn_of(key: kms.IKey) -> str:
    if not hasattr(key, "key_arn"):
        text("kms_key", key, remedy=_KEY)
    return key.key_arn


def _check_region(of_key: str, region: str) -> None:
    """Refuse a key of another region than the bucket's: the role could not use it, and every copy would fail."""
    if not Token.is_unresolved(of_key) and of_key != region:
        of_bucket = "none that is known" if Token.is_unresolved(region) else region
        expected = f"a key in the bucket's region, which is {of_bucket}"
        remedy = "import the bucket with its region: Bucket.from_bucket_attributes(..., region=...)"
        raise ValueError(f"kms_key: got a key in {of_key}, expected {expected}; {remedy}")


@dataclass(frozen=True)
class ReplicationOptions:
    """What all rules of a bucket have in common.

    Attributes:
        delete_marker_replication: whether a delete is copied; true by default.
        replication_time_control: whether S3 Replication Time Control is on, which costs by the GB; false by default.
        replica_modifications: whether there are rules in the other direction, too: then changes of a replica's tags are
            copied back. S3 wants that said on both sides (S3 User Guide, replication-for-metadata-changes); false by
            default.
    """

    delete_marker_replication: bool = True
    replication_time_control: bool = False
    replica_modifications: bool = False

    def __post_init__(self) -> None:
        flag("delete_marker_replication", self.delete_marker_replication)
        flag("replication_time_control", self.replication_time_control)
        flag("replica_modifications", self.replica_modifications)


def replication_rules(
    destinations: Sequence[ReplicationDestination], options: ReplicationOptions, account: str
) -> list[dict[str, Any]]:
    """Return a rule for each destination, with metrics on and a priority of its own, as S3's API writes it.

    Args:
        destinations: where to.
        options: what the rules have in common.
        account: the source's account.

    Raises:
        ValueError: there is no destination, or two have one rule id.
    """
    if not destinations:
        fits("destinations", [values.Misfit(destinations, "at least one", "name the buckets to copy to")])
    fits("id", values.each_once([each.id for each in destinations]))
    return [
        rule(
            each.id,
            priority,
            _target(each, account),
            delete_markers=options.delete_marker_replication,
            time_control=options.replication_time_control,
            two_way=options.replica_modifications,
        )
        for priority, each in enumerate(destinations, start=1)
    ]


def _target(to: ReplicationDestination, account: str) -> ReplicationTarget:
    stored_as = to.storage_class.value if to.storage_class else None
    return ReplicationTarget(to.bucket.bucket_arn, to.prefix, to.key_arn, to.owner_beside(account), stored_as)


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
