"""Replication configurations: checked by ministack and kept here.

Ministack would follow one that it keeps by itself, to a single destination and with new version ids.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html`.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.s3 import Api, S3Request

from .replication_rules import Rule, destination_of, violation


@dataclass(frozen=True)
class Configuration:
    """A bucket's configuration.

    `document` is the body of GetBucketReplication.
    """

    role: str
    rules: Sequence[Rule]
    document: bytes


_kept: dict[str, Configuration] = {}
_check = threading.RLock()
"""Nothing is written while ministack has a configuration, only to check it."""


def of(bucket: str) -> Configuration | None:
    """Return the configuration of a bucket."""
    return _kept.get(bucket)


def all_of_them() -> Mapping[str, Configuration]:
    """Return the configurations by bucket."""
    return dict(_kept)


def active_rules(bucket: str) -> Sequence[Rule]:
    """Return the rules of a bucket of the present account, which count while it has versioning."""
    found = _kept.get(bucket)
    return found.rules if found and s3.is_versioned(bucket) else []


def in_front_of(api: Api) -> Api:
    """Return the API that keeps the configurations here."""

    def answered(request: S3Request) -> Answer:
        if request.method in ("GET", "HEAD"):
            found = of(request.bucket) if request.is_of("replication") else None
            return (200, {"Content-Type": "application/xml"}, found.document) if found else api(request)
        if request.method == "PUT" and request.is_of("replication"):
            return _put(api, request)
        with _check:
            answer = api(request)
        if answer[0] < 300 and request.method == "DELETE" and _ends(request):
            _kept.pop(request.bucket, None)
        return answer

    return answered


def _put(api: Api, request: S3Request) -> Answer:
    """Answer PutBucketReplication, whose destinations must exist and whose rules must be told apart."""
    with _check:
        answer = api(request)
        document = api(replace(request, method="GET"))[2]
        taken = s3.take_replication(request.bucket)
    if answer[0] >= 300 or taken is None:
        return answer
    rules = taken["Rules"]
    missing = [name for name in map(destination_of, rules) if not s3.bucket_exists(name)]
    problem = f"Destination bucket must exist: {missing[0]}" if missing else violation(rules)
    if problem:
        return s3.error("InvalidRequest", problem, 400)
    _kept[request.bucket] = Configuration(taken["Role"], rules, document)
    return answer


def _ends(request: S3Request) -> bool:
    """Tell whether a request deletes a configuration, or the bucket with it."""
    return not request.key and request.action in ("PutReplicationConfiguration", "DeleteBucket")
