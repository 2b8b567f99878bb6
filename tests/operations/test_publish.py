from datetime import UTC, datetime, timedelta

import pytest

from s3_failover.operations.publish import is_copy

WRITTEN = datetime(2026, 11, 21, tzinfo=UTC)
MD5, OTHER_MD5, PARTS = f'"{"a" * 32}"', f'"{"b" * 32}"', f'"{"c" * 32}-2"'


def head(etag=MD5, size=5, after=0):
    return {"ETag": etag, "ContentLength": size, "LastModified": WRITTEN + timedelta(seconds=after)}


@pytest.mark.parametrize(
    ("replica", "copied"),
    [
        (head(), True),
        (head(after=9), True),
        (head(after=-1), False),
        (head(etag=OTHER_MD5, after=9), False),
        (head(etag=PARTS, after=9), True),
        (head(etag=PARTS, size=6, after=9), False),
    ],
)
def test_without_versions_a_copy_is_as_large_and_later_and_of_the_same_digest_if_there_are_two(replica, copied):
    assert is_copy(head(), replica) == copied
