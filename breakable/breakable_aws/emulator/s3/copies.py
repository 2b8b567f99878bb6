"""CopyObject that keeps a promise about its destination, as PutObject does, and reads what was there before versioning.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html` and
`https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html`.
"""

from __future__ import annotations

from urllib.parse import unquote

from ministack.services import s3

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base.hooks import replace

_SOURCE = "x-amz-copy-source"
_NULL_VERSION = "?versionId=null"
"""The version of an object that was written before its bucket had versioning."""


def install() -> None:
    """Put this into the place of what ministack does."""
    copy = s3._copy_object

    def copied(bucket: str, key: str, headers: dict[str, str]) -> Answer:
        destination = s3._buckets.get(bucket)
        refusal: Answer | None = None
        if destination is not None:
            refusal = s3._check_put_preconditions(headers, destination["objects"].get(key))
        answer: Answer = refusal or copy(bucket, key, _by_current(headers))
        return answer

    replace(s3, "_copy_object", copied)


def _by_current(headers: dict[str, str]) -> dict[str, str]:
    """Name the source without its null version where that is the current one, which ministack finds only so."""
    source = headers.get(_SOURCE, "")
    if not source.endswith(_NULL_VERSION):
        return headers
    path = source.removesuffix(_NULL_VERSION)
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    current = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key)
    return headers if current is None or current.get("version_id") else {**headers, _SOURCE: path}
