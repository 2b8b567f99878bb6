"""Copies an object that was uploaded in parts, of any size, in the same parts: only then are the ETags equal.

CopyObject takes up to 5 GB and makes one part of it; what is larger can only have come in parts (S3 User Guide,
CopyingObjectsMPUapi). An upload that was cut short, by a time limit or a crash, is taken up again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from .objects import Bucket, Pair, State

AT_ONCE = 16
"""How many parts are on their way at the same time."""

MARGIN = 120
"""Seconds before the end of an invocation at which no further part is begun: one part may have 5 GiB."""


class OutOfTimeError(Exception):
    """Not all parts were copied in this invocation; the next one continues with those that were."""


def count(etag: str) -> int:
    """Return how many parts an object came in, 0 if it came in one piece: the ETag says so."""
    _, _, number = etag.strip('"').partition("-")
    return int(number or 0)


def transfer(pair: Pair, want: State, seconds_left: Callable[[], float]) -> None:
    """Copy all parts, those that are there already excepted, and complete the upload.

    What the parts of an unfinished upload hold is told by their ETags: together they must give the source's.

    Raises:
        OutOfTimeError: the invocation is about to end.
    """
    upload = {"Bucket": pair.copy.name, "Key": pair.key}
    upload["UploadId"] = _unfinished(pair.copy, pair.key) or _begin(pair.copy, pair.key, want)
    there = _there(pair.copy, upload)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ranges = list(_ranges(pool.map(_size_of(pair, want), range(1, count(want.etag) + 1))))
        send = _Part(pair, want, upload, seconds_left)
        missing = [(number, span) for number, span in enumerate(ranges, start=1) if number not in there]
        there |= dict(pool.map(send, missing))
    etags = [there[number] for number in range(1, len(ranges) + 1)]
    if _together(etags) != want.etag:
        # Of another version of the source: this upload can never become what is wanted.
        pair.copy.s3.abort_multipart_upload(**upload)
        return
    listed = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
    pair.copy.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})


class _Part:
    """Copies one part, unless the time is up."""

    def __init__(self, pair: Pair, want: State, upload: Mapping[str, str], seconds_left: Callable[[], float]) -> None:
        self._s3, self._upload, self._seconds_left = pair.copy.s3, upload, seconds_left
        source = {"Bucket": pair.source.name, "Key": pair.key}
        self._from = {"CopySource": source, "CopySourceIfMatch": want.etag}

    def __call__(self, part: tuple[int, tuple[int, int]]) -> tuple[int, str]:
        number, (begin, end) = part
        if self._seconds_left() < MARGIN:
            raise OutOfTimeError(f"part {number} of {self._upload['Key']} is left to the next invocation")
        target = {**self._upload, "PartNumber": number}
        if begin == end:
            return number, self._s3.upload_part(**target, Body=b"")["ETag"]
        answer = self._s3.upload_part_copy(**target, **self._from, CopySourceRange=f"bytes={begin}-{end - 1}")
        return number, answer["CopyPartResult"]["ETag"]


def _unfinished(copy: Bucket, key: str) -> str | None:
    pages = copy.s3.get_paginator("list_multipart_uploads").paginate(Bucket=copy.name, Prefix=key)
    uploads = (upload for page in pages for upload in page.get("Uploads", []) if upload["Key"] == key)
    return next((upload["UploadId"] for upload in uploads), None)


def _begin(copy: Bucket, key: str, want: State) -> str:
    tagging = {"Tagging": urlencode(want.tags)} if want.tags else {}
    answer = copy.s3.create_multipart_upload(
        Bucket=copy.name, Key=key, StorageClass=want.storage_class, **tagging, **want.headers
    )
    return str(answer["UploadId"])


def _there(copy: Bucket, upload: Mapping[str, str]) -> dict[int, str]:
    pages = copy.s3.get_paginator("list_parts").paginate(**upload)
    return {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", [])}


def _size_of(pair: Pair, want: State) -> Callable[[int], int]:
    def size(number: int) -> int:
        target = {"Bucket": pair.source.name, "Key": pair.key}
        head: Mapping[str, Any] = pair.source.s3.head_object(**target, PartNumber=number, IfMatch=want.etag)
        return int(head["ContentLength"])

    return size


def _ranges(sizes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield where each part begins and where the next one does."""
    ends = [0, *accumulate(sizes)]
    return pairwise(ends)


def _together(etags: Iterable[str]) -> str:
    """Return the ETag of an object that consists of these parts: the MD5 of their MD5s, and their number."""
    digests = [bytes.fromhex(etag.strip('"')) for etag in etags]
    return f'"{hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"'
