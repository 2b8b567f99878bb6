"""Listings of buckets: what is under each key now, or was at any time, in the order of the keys."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from s3_failover.errors import UserError
from s3_failover.operations.refusals import explained
from s3_failover.operations.storage import archive

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        DeleteMarkerEntryTypeDef,
        ListObjectVersionsOutputTypeDef,
        ObjectVersionTypeDef,
    )


class ListedObject(NamedTuple):
    """What a key holds: the latest version, or a delete marker."""

    key: str
    version_id: str
    """Of the latest version, `null` in a bucket without versioning. Replicas keep it."""
    size: int
    """Bytes; -1 for a delete marker."""
    etag: str
    """As S3 has it, with its quotes; empty for a delete marker."""
    modified: datetime
    """When it was written to this bucket."""
    archive: str = ""
    """The archive class that it is in; empty for all other classes."""

    @property
    def deleted(self) -> bool:
        """Whether the latest version is a delete marker."""
        return self.size < 0


def entries(client: S3Client, bucket: str, *, prefix: str = "") -> Iterator[list[ListedObject]]:
    """Return the latest version of every key, in pages, in the order of S3's keys: that of their UTF-8 bytes.

    The next page is on its way while the caller works on the last one; at most two are in memory.

    Raises:
        UserError: the bucket cannot be listed, or not in order.
    """
    pages, ahead = _listed(client, bucket, prefix), ThreadPoolExecutor(1)
    try:
        with explained(f"list {bucket}"):
            yield from _ordered(_ahead(pages, ahead), bucket)
    finally:
        # The garbage collector may close this in any thread, the pool's own too, which cannot wait for itself.
        ahead.shutdown(wait=False, cancel_futures=True)


def in_turn(client: S3Client, bucket: str) -> Iterator[list[ListedObject]]:
    """Return the same one page after the other, without a thread that the process would wait for when it ends."""
    with explained(f"list {bucket}"):
        yield from _ordered(_listed(client, bucket, ""), bucket)


def histories(client: S3Client, bucket: str, *, prefix: str = "") -> Iterator[list[ListedObject]]:
    """Return all versions and delete markers that are kept, newest first, key by key.

    S3 has whole seconds, and lists versions and markers apart: of both in one second, the version counts as newer.

    Raises:
        UserError: the bucket cannot be listed.
    """
    pages, ahead = _listed(client, bucket, prefix), ThreadPoolExecutor(1)
    try:
        with explained(f"list {bucket}"):
            # The versions of one key may go on in the next page.
            entries = chain.from_iterable(map(_all, _ahead(pages, ahead)))
            for _, found in groupby(entries, key=lambda each: each[1].key):
                yield [entry for _, entry in sorted(found, key=_newness, reverse=True)]
    finally:
        ahead.shutdown(wait=False, cancel_futures=True)


def _newness(each: tuple[bool, ListedObject]) -> tuple[bool, datetime, bool]:
    is_latest, entry = each
    return is_latest, entry.modified, not entry.deleted


def _all(page: ListObjectVersionsOutputTypeDef) -> list[tuple[bool, ListedObject]]:
    found = [(each["IsLatest"], _version(each)) for each in page.get("Versions", ())]
    gone = [(each["IsLatest"], _marker(each)) for each in page.get("DeleteMarkers", ())]
    return sorted(found + gone, key=lambda each: each[1].key) if gone else found


def _listed(client: S3Client, bucket: str, prefix: str) -> Iterator[ListObjectVersionsOutputTypeDef]:
    return iter(client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix))


def _ahead(
    pages: Iterator[ListObjectVersionsOutputTypeDef], ahead: ThreadPoolExecutor
) -> Iterator[ListObjectVersionsOutputTypeDef]:
    coming = ahead.submit(next, pages, None)
    while (page := coming.result()) is not None:
        coming = ahead.submit(next, pages, None)
        yield page


def _ordered(pages: Iterator[ListObjectVersionsOutputTypeDef], bucket: str) -> Iterator[list[ListedObject]]:
    last = ""
    for page in pages:
        latest = _latest(page)
        if latest and latest[0].key < last:
            # Directory buckets, and stores that only resemble S3.
            raise UserError(f"{bucket} lists {latest[0].key!r} after {last!r}, expected the order of the keys")
        last = latest[-1].key if latest else last
        yield latest


def _latest(page: ListObjectVersionsOutputTypeDef) -> list[ListedObject]:
    found = [_version(each) for each in page.get("Versions", ()) if each["IsLatest"]]
    gone = [_marker(each) for each in page.get("DeleteMarkers", ()) if each["IsLatest"]]
    # S3 lists the two apart. Python orders text by code points, which is the order of its UTF-8 bytes.
    return sorted(found + gone, key=itemgetter(0)) if gone else found


def _version(each: ObjectVersionTypeDef) -> ListedObject:
    return ListedObject(
        each["Key"],
        each["VersionId"],
        each["Size"],
        each["ETag"],
        each["LastModified"],
        archive(each.get("StorageClass")),
    )


def _marker(each: DeleteMarkerEntryTypeDef) -> ListedObject:
    return ListedObject(each["Key"], each["VersionId"], -1, "", each["LastModified"])
