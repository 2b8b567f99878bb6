"""Which account a bucket belongs to: names are global, while ministack keeps buckets by account.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import s3


def owner_of(bucket: str) -> str:
    """Return the account that owns a bucket; of one that is not there, the account that asks."""
    return str(s3._bucket_owner_account(bucket) or get_account_id())


@contextmanager
def in_account_of(bucket: str) -> Iterator[None]:
    """Look at everything from the account that owns a bucket, for the length of a block."""
    with request_scope(owner_of(bucket), get_region()):
        yield
