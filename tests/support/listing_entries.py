"""Entries of listings for tests: objects and delete markers."""

from datetime import UTC, datetime

from s3_failover.operations.listing import ListedObject

OLD = datetime(2026, 1, 1, tzinfo=UTC)
A, B = '"' + "a" * 32 + '"', '"' + "b" * 32 + '"'
"""ETags of two contents."""


def entry(key="key", version="v1", size=3, etag=A, modified=OLD, archive=""):
    """Return an object."""
    return ListedObject(key, version, size, etag, modified, archive)


def gone(key="key", version="v9", modified=OLD):
    """Return a delete marker."""
    return ListedObject(key, version, -1, "", modified)
