"""What S3 answered, once it is known to be an object of S3's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError

from s3_failover.client.checksums import PartSize
from s3_failover.client.guard import Guard
from s3_failover.client.ranges import ByteRange

_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")

_OWN = frozenset({"x-amz-request-id", "x-amzn-requestid", "x-amz-id-2"})
"""Headers of every answer of S3's (S3 API Reference, "Common Response Headers"), and of what stands in for it."""


class NotAnObjectError(BotoCoreError):
    """A success that is no object of S3's: a captive portal's or a proxy's page, an error, another range or version."""

    fmt = "{reason}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose body is to be read.

    Attributes:
        response: boto3's response.
        guard: the limit on the attempt.
        part_size: asks the same region for the size of one of the object's parts.
    """

    response: dict[str, Any]
    guard: Guard
    part_size: PartSize


def came_from_s3(headers: Iterable[str]) -> bool:
    """Whether S3 itself gave an answer, and nothing between here and there; by the names of its headers."""
    return not _OWN.isdisjoint(headers)


def require_object(response: Mapping[str, Any], parameters: Mapping[str, Any], *, tagged: bool = True) -> None:
    """Refuse a success that is not the object that was asked for.

    S3 answers GetObject and HeadObject with 200, or with 206 where a part was asked for, and always sends a request id
    and an entity tag (S3 API Reference, GetObject and "Common Response Headers").

    Args:
        response: boto3's response.
        parameters: what was asked for, as boto3 spells it.
        tagged: whether an entity tag is to be expected: what S3 Object Lambda makes need not have one.

    Raises:
        NotAnObjectError: it is not.
    """
    metadata = response["ResponseMetadata"]
    status, headers = metadata["HTTPStatusCode"], metadata["HTTPHeaders"]
    if not came_from_s3(headers) or (tagged and "etag" not in headers):
        _refuse(f"the answer has status {status} and not S3's own headers, something between here and S3 gave it")
    if status != 200 and not (status == 206 and ("Range" in parameters or "PartNumber" in parameters)):
        _refuse(f"the answer has status {status}, expected a whole object")
    wanted_range = ByteRange.parsed(parameters.get("Range"))
    if wanted_range and tagged:
        _require_range(status, headers.get("content-range", ""), wanted_range)
    wanted, got = parameters.get("VersionId"), headers.get("x-amz-version-id")
    if wanted and got and wanted != got:
        _refuse(f"the answer is version {got}, expected {wanted}")


def _require_range(status: int, got: str, wanted: ByteRange) -> None:
    found = _CONTENT_RANGE.fullmatch(got)
    if status != 206 or found is None:
        _refuse(f"the answer has status {status} and content-range {got!r}, expected a part of the object")
        return
    first, last, size = map(int, found.groups())
    if (first, last) != wanted.of(size):
        _refuse("the answer is the range {}-{} of {} bytes, expected {}-{}".format(first, last, size, *wanted.of(size)))


def _refuse(reason: str) -> None:
    raise NotAnObjectError(reason=reason)
