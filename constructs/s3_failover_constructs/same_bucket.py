"""Which buckets are one, as far as their names are known at synthesis."""

from weakref import WeakKeyDictionary

from aws_cdk import Token
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

_NAMED: WeakKeyDictionary[IConstruct, dict[str, str]] = WeakKeyDictionary()
"""The paths of buckets by their names, for each app."""


def same_bucket(one: s3.IBucket, other: s3.IBucket) -> bool:
    """Return whether two objects are known to stand for one bucket, made here or imported."""
    return one is other or written_name(one) == written_name(other)


def written_name(bucket: s3.IBucket) -> str:
    """Return a bucket's name as the app wrote it, where the L2 has a token; else that token, which no other has."""
    made = bucket.node.default_child
    name = made.bucket_name if isinstance(made, s3.CfnBucket) else None
    return bucket.bucket_name if name is None or Token.is_unresolved(name) else name


def take_name(scope: Construct, argument: str, name: str) -> None:
    """Note that a bucket has a name, which no other bucket of the app can have: S3 has one of each.

    Raises:
        ValueError: another bucket has it.
    """
    require_free(scope, argument, name)
    if not Token.is_unresolved(name):
        _NAMED.setdefault(scope.node.root, {})[name] = scope.node.path


def require_free(scope: Construct, argument: str, name: str) -> None:
    """Refuse a name that another bucket of the app has.

    Raises:
        ValueError: another bucket has it.
    """
    owner = _NAMED.get(scope.node.root, {}).get(name)
    if owner is not None:
        expected = f"another name than that of {owner}"
        raise ValueError(f"{argument}: got {name!r}, expected {expected}; S3 has one bucket of a name in all regions")
