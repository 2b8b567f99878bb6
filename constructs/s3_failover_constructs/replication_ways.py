"""Which ways a bucket may be copied: to other buckets, that keep versions, each key once to each."""

from collections.abc import Sequence
from itertools import combinations

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3

from s3_failover_constructs.replication_rules import ReplicationDestination
from s3_failover_constructs.same_bucket import same_bucket


def check_ways(source: s3.IBucket, destinations: Sequence[ReplicationDestination]) -> None:
    """Refuse destinations that S3 refuses, and rules of which one takes the keys of another.

    Raises:
        ValueError: a destination is the source, or is of this app and keeps no versions; two rules copy the same keys
            to the same bucket.
    """
    for each in destinations:
        if same_bucket(source, each.bucket):
            got, remedy = f"got the source {source.node.path}", "S3 copies to other buckets alone: name one"
            raise ValueError(f"destinations: {got}, expected another bucket; {remedy}")
        if isinstance(each.bucket.node.default_child, s3.CfnBucket):
            check_versioning("destinations", each.bucket.node.default_child)
    for one, other in combinations(destinations, 2):
        _check_prefixes(one, other)


def check_versioning(argument: str, bucket: s3.CfnBucket) -> None:
    """Refuse what the L2's `replication_rules` refuse, too: S3 copies versions (S3 User Guide, replication)."""
    if not keeps_versions(bucket):
        got = f"got {bucket.node.path} without versioning, expected a versioned bucket"
        raise ValueError(f"{argument}: {got}; S3 copies versions: set versioned=True")


def keeps_versions(bucket: s3.CfnBucket) -> bool:
    """Return whether a bucket has versioning, as far as its template says."""
    return Stack.of(bucket).resolve(bucket.versioning_configuration) is not None


def _check_prefixes(one: ReplicationDestination, other: ReplicationDestination) -> None:
    overlap = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    if overlap and same_bucket(one.bucket, other.bucket):
        got = f"got {one.prefix!r} of {one.id} and {other.prefix!r} of {other.id} for {one.bucket.node.path}"
        expected = "prefixes of one bucket of which none starts with another"
        raise ValueError(f"destinations: {got}, expected {expected}; leave out one, or narrow them")
