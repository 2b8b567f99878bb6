"""Comparing a body with the checksum that S3 sent with it.

S3 stores checksums of ten algorithms (S3 API Reference, GetObject, `x-amz-checksum-*`). boto3 compares four of them,
all but MD5 with its extra `crt`, and none that is composite; the rest is compared here.

A composite checksum, `VALUE-PARTS`, is that of the parts' checksums, one after the other (S3 User Guide, "Checking
object integrity in Amazon S3"). It takes the sizes of the parts, which S3 tells of one part at a time.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, FlexibleChecksumError
from botocore.httpchecksum import StreamingChecksumBody

from s3_failover.client.crc import Crc32, crc32c, crc64nvme
from s3_failover.client.xxhash import Xxh3, Xxh64, Xxh128

PartSize = Callable[[int], int | None]
"""Returns the size of a part of the object, by its number from 1 on; None if S3 does not say."""

_MOST_PARTS = 1000
"""Parts that are asked for, at most, to tell a corrupt body from an object with parts of several sizes."""


class Hash(Protocol):
    """What hashlib's objects have."""

    def update(self, data: bytes, /) -> object:
        """Take more bytes."""

    def digest(self) -> bytes:
        """Return the checksum."""


def _plain(name: str) -> Callable[[], Hash]:
    return lambda: hashlib.new(name, usedforsecurity=False)


ALGORITHMS: Mapping[str, Callable[[], Hash]] = {
    "CRC64NVME": crc64nvme,
    "CRC32": Crc32,
    "CRC32C": crc32c,
    "SHA256": _plain("sha256"),
    "SHA1": _plain("sha1"),
    "SHA512": _plain("sha512"),
    "MD5": _plain("md5"),
    "XXHASH64": Xxh64,
    "XXHASH3": Xxh3,
    "XXHASH128": Xxh128,
}
"""What makes a new checksum, by S3's names of the algorithms."""


class NotComparableError(BotoCoreError):
    """The object has no checksum to compare its body with, and the client requires one."""

    fmt = "{reason}"


class Sent(NamedTuple):
    """A checksum as S3 sent it: the algorithm, the value in Base64, and of how many parts; 0 for the object's own."""

    algorithm: str
    value: str
    parts: int


def sent_with(headers: Mapping[str, str]) -> Sent | None:
    """Return the checksum of an answer, the object's own rather than one of its parts; None if S3 sent none."""
    found = []
    for algorithm in ALGORITHMS:
        value, _, parts = headers.get(f"x-amz-checksum-{algorithm.lower()}", "").partition("-")
        if value:
            found.append(Sent(algorithm, value, int(parts) if parts.isdecimal() else 0))
    return min(found, key=lambda sent: sent.parts, default=None)


class Comparison:
    """Compares a body that is read with what S3 sent; without a checksum, nothing.

    Attributes:
        algorithm: S3's name of the algorithm by which the whole body was compared; None before its end, and where it
            cannot be.
    """

    algorithm: str | None = None

    def update(self, data: bytes) -> None:
        """Take more bytes of the body."""

    def finish(self) -> None:
        """Compare.

        Raises:
            botocore.exceptions.FlexibleChecksumError: the body is not what S3 stored.
        """


class _Botocores(Comparison):
    """botocore compares the body itself, and raises at its end."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent

    def finish(self) -> None:
        self.algorithm = self._sent.algorithm


class _Whole(Comparison):
    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self._hash = ALGORITHMS[sent.algorithm]()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def finish(self) -> None:
        _require(self._sent, self._hash.digest())
        self.algorithm = self._sent.algorithm


class _Composite(Comparison):
    """Takes all parts but the last for as large as the first.

    A mismatch is an error unless S3 says that the parts have other sizes. Where it does not say, the body is corrupt.
    """

    def __init__(self, sent: Sent, size: int, part_size: PartSize) -> None:
        self._sent = sent
        self._size = size
        self._ask = part_size
        self._each = size if sent.parts == 1 else part_size(1)
        self._all = ALGORITHMS[sent.algorithm]()
        self._part = ALGORITHMS[sent.algorithm]()
        self._left = self._each or 0
        self._digests = 0

    def update(self, data: bytes) -> None:
        view = memoryview(data)
        while self._each and len(view) >= self._left:
            self._part.update(bytes(view[: self._left]))
            view = view[self._left :]
            self._end_part()
        self._part.update(bytes(view))
        self._left -= len(view)

    def _end_part(self) -> None:
        self._all.update(self._part.digest())
        self._part = ALGORITHMS[self._sent.algorithm]()
        self._left = self._each or 0
        self._digests += 1

    def finish(self) -> None:
        if self._each is None:
            return
        if self._left < self._each or not self._digests:
            self._end_part()
        try:
            _require(self._sent, self._all.digest())
        except FlexibleChecksumError:
            if not self._has_other_parts(self._each):
                raise
        else:
            self.algorithm = self._sent.algorithm

    def _has_other_parts(self, each: int) -> bool:
        """Whether S3 says that the parts are not all as large as the first; a smaller last one does not count."""
        parts = self._sent.parts
        if parts != self._digests:
            return True
        if parts == 1:
            return False
        # Where the last part begins tells of all others, unless their differences add up to nothing.
        last = self._ask(parts)
        if last is None or self._size - last != (parts - 1) * each:
            return last is not None
        sizes = map(self._ask, range(2, min(parts, _MOST_PARTS)))
        # The first that differs decides. So does one that S3 does not say: it would hardly say the others.
        return next((size is not None for size in sizes if size != each), False)


def comparison(response: Mapping[str, Any], part_size: PartSize) -> Comparison:
    """Return what compares the body of a GetObject.

    Args:
        response: boto3's response.
        part_size: asks S3 for the size of one of the object's parts.
    """
    metadata = response["ResponseMetadata"]
    sent = sent_with(metadata["HTTPHeaders"])
    # With a part of the object, the checksum of all parts says nothing.
    if sent is None or (sent.parts and metadata["HTTPStatusCode"] == 206):
        return Comparison()
    if isinstance(response["Body"], StreamingChecksumBody) and not sent.parts:
        return _Botocores(sent)
    if not sent.parts:
        return _Whole(sent)
    return _Composite(sent, int(response.get("ContentLength", 0)), part_size)


def _require(sent: Sent, digest: bytes) -> None:
    found = base64.b64encode(digest).decode()
    if found != sent.value:
        msg = f"the body's {sent.algorithm} is {found}, expected {sent.value}, which S3 sent with it"
        raise FlexibleChecksumError(error_msg=msg)
