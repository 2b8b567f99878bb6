"""Cyclic redundancy checks: CRC-32 by zlib, and any other polynomial without a C extension.

A table lookup per byte takes 60 ns in Python. Here a message is folded first: the bytes of its first half are moved
onto those of its second, as what they contribute there, until little is left. `bytes.translate` looks up a whole half
at a time, and the exclusive or of two halves is one of two large integers: 10 to 20 ns for each byte.

The parameters are those of the catalogue of parametrised CRC algorithms (reveng.sourceforge.io/crc-catalogue); both
algorithms are reflected, and begin and end with all bits inverted.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

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
