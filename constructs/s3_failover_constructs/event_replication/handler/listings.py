"""Finds what differs between two buckets from their listings alone, which S3 gives in the order of the keys."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from .objects import Bucket

SOURCE, COPY = 0, 1


class Entry(NamedTuple):
    """An object as a listing tells it."""

    key: str
    etag: str
    modified: datetime


def entries(bucket: Bucket, after: str) -> Iterator[Entry]:
    """Yield what a bucket holds behind a key, in the order of UTF-8, which is that of Python's strings."""
    for page in bucket.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, StartAfter=after):
        for item in page.get("Contents", []):
            yield Entry(item["Key"], item["ETag"], item["LastModified"])


def compared(source: Iterable[Entry], copy: Iterable[Entry]) -> Iterator[tuple[str, bool]]:
    """Yield every key of either listing in order, and whether it is worth a look.

    Headers and metadata are in no listing; but a client that changes them writes the object again, so a copy that is
    older than its source is worth a look too. Tags can change without that: they are looked at on their events alone.
    """
    both = heapq.merge(((entry.key, SOURCE, entry) for entry in source), ((entry.key, COPY, entry) for entry in copy))
    for key, found in groupby(both, key=lambda each: each[0]):
        sides = {side: entry for _, side, entry in found}
        yield key, _differ(sides.get(SOURCE), sides.get(COPY))


def _differ(source: Entry | None, copy: Entry | None) -> bool:
    return source is None or copy is None or source.etag != copy.etag or copy.modified < source.modified
