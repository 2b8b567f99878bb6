"""Deletes keys from a bucket, a thousand at a time where the API can spell them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s3_failover.operations.refusals import explained
from s3_failover.operations.shown import amount, shown
from s3_failover.operations.spread import spread

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MOST = 1000
"""Keys that DeleteObjects takes (S3 API, DeleteObjects)."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold: with one in its body, DeleteObjects is malformed and deletes nothing."""


def remove(client: S3Client, bucket: str, keys: Sequence[str]) -> None:
    """Delete keys; with versioning, each gets a delete marker."""
    odd = [key for key in keys if _NO_XML.search(key)]
    plain = [key for key in keys if not _NO_XML.search(key)]
    for at in range(0, len(plain), _MOST):
        _together(client, bucket, plain[at : at + _MOST])
    for _ in spread(lambda key: _alone(client, bucket, key), odd):
        pass


def _together(client: S3Client, bucket: str, keys: Sequence[str]) -> None:
    batch: Any = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    with explained(f"delete {amount(len(keys), 'object')} from {bucket}"):
        failed = client.delete_objects(Bucket=bucket, Delete=batch).get("Errors", ())
    if failed:
        first: Any = failed[0]
        more = f" and {len(failed) - 1:,} more" if len(failed) > 1 else ""
        with explained(f"delete {shown(first.get('Key'))}{more} from {bucket}"):
            raise ClientError({"Error": first}, "DeleteObjects")


def _alone(client: S3Client, bucket: str, key: str) -> None:
    # The key is in the URL, where everything can be spelled.
    with explained(f"delete {shown(key)} from {bucket}"):
        client.delete_object(Bucket=bucket, Key=key)
