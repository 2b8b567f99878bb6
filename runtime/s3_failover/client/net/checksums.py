"""Checksums of bodies, compared with those that S3 sent, and the CRCs that zlib lacks.

S3 stores checksums of ten algorithms (S3 API Reference, GetObject, `x-amz-checksum-*`). boto3 compares four of them,
all but MD5 with its extra `crt`, and none that is composite; the rest is compared here.

A composite checksum, `VALUE-PARTS`, is that of the parts' checksums, one after the other (S3 User Guide, "Checking
object integrity in Amazon S3"). It takes the sizes of the parts, which S3 tells of one part at a time.

A table lookup per byte of a CRC takes 60 ns in Python. Here a message is folded first: the bytes of its first half are
moved onto those of its second, as what they contribute there, until little is left. `bytes.translate` looks up a whole
half at a time, and the exclusive or of two halves is one of two large integers: 10 to 20 ns for each byte. The
parameters are those of the catalogue of parametrised CRC algorithms (reveng.sourceforge.io/crc-catalogue); both
algorithms are reflected, and begin and end with all bits inverted.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import FlexibleChecksumError
from botocore.httpchecksum import StreamingChecksumBody

from s3_failover.client.net.xxhash import Xxh3, Xxh64, Xxh128

_UNFOLDED = 64
"""Bytes that are looked up one by one: folding fewer takes as long."""

Table = tuple[int, ...]


class Crc:
    """A reflected CRC that is computed piece by piece; with the methods of hashlib's objects.

    Args:
        bits: the width, a multiple of 8.
        polynomial: the generator, reflected, without its highest term.
    """

    def __init__(self, bits: int, polynomial: int) -> None:
        self._kind = bits, polynomial
        self._ones = (1 << bits) - 1
        self._register = self._ones

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        value = int.from_bytes(data, "little") ^ self._register
        size = len(data)
        while size > _UNFOLDED:
            # The largest power of two below: few distances, whose tables are kept.
            distance = 1 << (size - 1).bit_length() - 1
            value, size = self._folded(value, size, distance), distance
        table = _table(self._kind[1])
        for _ in range(size):
            value = (value >> 8) ^ table[value & 255]
        self._register = value

    def digest(self) -> bytes:
        """Return the CRC of all bytes so far, the highest byte first."""
        return (self._register ^ self._ones).to_bytes(self._kind[0] // 8, "big")

    def _folded(self, value: int, size: int, distance: int) -> int:
        """Return a shorter message with the same CRC: without the bytes that have others at a distance after them."""
        count = size - distance
        first = (value & ((1 << 8 * count) - 1)).to_bytes(count, "little")
        value >>= 8 * count
        # The distance counts from where a byte was; what is left begins `count` bytes later.
        shift = 8 * (distance - count)
        for place, table in enumerate(_contributions(*self._kind, distance)):
            value ^= int.from_bytes(first.translate(table), "little") << (shift + 8 * place)
        return value


@lru_cache
def _table(polynomial: int) -> Table:
    """Return what each byte does to the register."""
    found = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = (register >> 1) ^ (polynomial if register & 1 else 0)
        found.append(register)
    return tuple(found)


@lru_cache
def _contributions(bits: int, polynomial: int, distance: int) -> tuple[bytes, ...]:
    """Return what a byte is worth `distance` bytes later: a translation table for each byte of the register."""
    basis = [_later(bits, polynomial, 1 << bit, distance) for bit in range(8)]
    values = []
    for byte in range(256):
        value = 0
        for bit in range(8):
            value ^= basis[bit] if byte >> bit & 1 else 0
        values.append(value)
    return tuple(bytes(value >> 8 * place & 255 for value in values) for place in range(bits // 8))


def _later(bits: int, polynomial: int, register: int, distance: int) -> int:
    """Return the register after so many zero bytes, a power of two."""
    advance = [_table(polynomial)[1 << bit] if bit < 8 else 1 << bit - 8 for bit in range(bits)]
    while distance > 1:
        advance = [_applied(advance, column) for column in advance]
        distance //= 2
    return _applied(advance, register)


def _applied(columns: list[int], vector: int) -> int:
    """Return a matrix over GF(2), given by its columns, times a vector."""
    found = 0
    for bit, column in enumerate(columns):
        if vector >> bit & 1:
            found ^= column
    return found


class Crc32:
    """CRC-32, which zlib computes; with the methods of hashlib's objects."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Return the CRC of all bytes so far, the highest byte first."""
        return self._value.to_bytes(4, "big")


def crc32c() -> Crc:
    """Return a new CRC-32C (Castagnoli)."""
    return Crc(32, 0x82F63B78)


def crc64nvme() -> Crc:
    """Return a new CRC-64/NVME, which S3 computes for what is uploaded without a checksum."""
    return Crc(64, 0x9A6C9329AC4BC9B5)


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


class ChecksumComparison:
    """Compares a body that is read with what S3 sent; without a checksum, nothing.

    Attributes:
        algorithm: S3's name of the algorithm by which the whole body was compared; None before its end, and where it
            cannot be.
    """

    algorithm: str | None = None

    def update(self, data: bytes) -> None:
        """Take more bytes of the body."""

    def finish(self) -> None:
        """Compare; raise FlexibleChecksumError if the body is not what S3 stored."""


class _Botocores(ChecksumComparison):
    """botocore compares the body itself, and raises at its end."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent

    def finish(self) -> None:
        self.algorithm = self._sent.algorithm


class _Whole(ChecksumComparison):
    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self._hash = ALGORITHMS[sent.algorithm]()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def finish(self) -> None:
        _require(self._sent, self._hash.digest())
        self.algorithm = self._sent.algorithm


class _Composite(ChecksumComparison):
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


def comparison(response: Mapping[str, Any], part_size: PartSize) -> ChecksumComparison:
    """Return what compares the body of a GetObject.

    Args:
        response: boto3's response.
        part_size: asks S3 for the size of one of the object's parts.
    """
    metadata = response["ResponseMetadata"]
    sent = sent_with(metadata["HTTPHeaders"])
    # With a part of the object, the checksum of all parts says nothing.
    if sent is None or (sent.parts and metadata["HTTPStatusCode"] == 206):
        return ChecksumComparison()
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
