"""XXH64, XXH3 and XXH128 with seed 0, without a C extension.

Written from the specification of xxHash 0.8 (doc/xxhash_spec.md of Cyan4973/xxHash), whose names of constants and steps
are used. Long inputs of XXH3 are accumulated a kilobyte at a time by `map`: 10 to 40 ns for each byte.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from operator import mul

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_P32_1, _P32_2, _P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
_MX1, _MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e"
    "e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d"
    "8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc"
    "8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
_BLOCK, _STRIPE = 1024, 64
_SHORT = 240
"""Bytes up to which XXH3 has other steps."""

Lanes = tuple[int, ...]


class Xxh64:
    """XXH64, piece by piece; with the methods of hashlib's objects."""

    def __init__(self) -> None:
        self._lanes: Lanes = ((_P1 + _P2) & _M64, _P2, 0, -_P1 & _M64)
        self._rest = b""
        self._size = 0

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._size += len(data)
        data = self._rest + data
        whole = len(data) & ~31
        one, two, three, four = self._lanes
        for first, second, third, fourth in struct.iter_unpack("<4Q", data[:whole]):
            one = _round(one, first)
            two = _round(two, second)
            three = _round(three, third)
            four = _round(four, fourth)
        self._lanes = one, two, three, four
        self._rest = data[whole:]

    def digest(self) -> bytes:
        """Return the canonical form: the highest byte first."""
        value = self._merged() if self._size >= 32 else _P5
        value = (value + self._size) & _M64
        rest = self._rest
        for (word,) in struct.iter_unpack("<Q", rest[: len(rest) & ~7]):
            value = (_rotated(value ^ _round(0, word), 27) * _P1 + _P4) & _M64
        rest = rest[len(rest) & ~7 :]
        if len(rest) >= 4:
            value ^= _word32(rest) * _P1 & _M64
            value = (_rotated(value, 23) * _P2 + _P3) & _M64
            rest = rest[4:]
        for byte in rest:
            value = _rotated(value ^ byte * _P5 & _M64, 11) * _P1 & _M64
        return _avalanche64(value).to_bytes(8, "big")

    def _merged(self) -> int:
        value = sum(_rotated(lane, bits) for lane, bits in zip(self._lanes, (1, 7, 12, 18), strict=True)) & _M64
        for lane in self._lanes:
            value = ((value ^ _round(0, lane)) * _P1 + _P4) & _M64
        return value


class _Xxh3:
    """What XXH3's two widths have in common: how a long input is accumulated."""

    def __init__(self) -> None:
        self._lanes: Lanes = (_P32_3, _P1, _P2, _P3, _P4, _P32_2, _P5, _P32_1)
        self._rest = b""
        self._size = 0
        # The last stripe of an input overlaps the one before it, which may have been accumulated already.
        self._tail = b""

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._size += len(data)
        data = self._rest + data
        # A block is accumulated when it is known that something follows it.
        whole = max(len(data) - 1, 0) // _BLOCK * _BLOCK
        for start in range(0, whole, _BLOCK):
            self._lanes = _scrambled(_accumulated(self._lanes, data[start : start + _BLOCK]))
        if whole:
            self._tail = data[whole - _STRIPE : whole]
        self._rest = data[whole:]

    def _long(self) -> Lanes:
        rest = self._rest
        stripes = (len(rest) - 1) // _STRIPE * _STRIPE
        lanes = _accumulated(self._lanes, rest[:stripes])
        return _accumulated(lanes, (self._tail + rest)[-_STRIPE:], secret=len(_SECRET) - _STRIPE - 7)

    def _final(self, lanes: Lanes, secret: int, value: int) -> int:
        for place in range(4):
            low = lanes[2 * place] ^ _secret64(secret + 16 * place)
            high = lanes[2 * place + 1] ^ _secret64(secret + 16 * place + 8)
            value += _fold(low * high)
        return _avalanche3(value & _M64)


class Xxh3(_Xxh3):
    """XXH3 of 64 bits, piece by piece; with the methods of hashlib's objects."""

    def digest(self) -> bytes:
        """Return the canonical form: the highest byte first."""
        if self._size <= _SHORT:
            return _short64(self._rest).to_bytes(8, "big")
        return self._final(self._long(), 11, self._size * _P1).to_bytes(8, "big")


class Xxh128(_Xxh3):
    """XXH3 of 128 bits, piece by piece; with the methods of hashlib's objects."""

    def digest(self) -> bytes:
        """Return the canonical form: the highest byte first."""
        if self._size <= _SHORT:
            low, high = _short128(self._rest)
        else:
            lanes = self._long()
            low = self._final(lanes, 11, self._size * _P1)
            high = self._final(lanes, len(_SECRET) - _STRIPE - 11, ~(self._size * _P2) & _M64)
        return high.to_bytes(8, "big") + low.to_bytes(8, "big")


def _accumulated(lanes: Lanes, stripes: bytes, secret: int | None = None) -> Lanes:
    """Return the lanes after stripes of one block: sums of products, which may be added in any order.

    Args:
        lanes: the eight lanes.
        stripes: at most a block of them.
        secret: where the secret of the only stripe begins; by default each has one 8 bytes further than the last.
    """
    count = len(stripes) // _STRIPE
    keys = _SECRET[secret : secret + _STRIPE] if secret is not None else _keys()[: len(stripes)]
    keyed = (int.from_bytes(stripes, "little") ^ int.from_bytes(keys, "little")).to_bytes(len(stripes), "little")
    words = struct.unpack(f"<{16 * count}I", keyed)
    products = tuple(map(mul, words[::2], words[1::2]))
    plain = struct.unpack(f"<{8 * count}Q", stripes)
    return tuple((lanes[lane] + sum(products[lane::8]) + sum(plain[lane ^ 1 :: 8])) & _M64 for lane in range(8))


@lru_cache
def _keys() -> bytes:
    """Return the secrets of the stripes of a block, one after the other."""
    return b"".join(_SECRET[8 * stripe : 8 * stripe + _STRIPE] for stripe in range(_BLOCK // _STRIPE))


def _scrambled(lanes: Lanes) -> Lanes:
    keys = struct.unpack("<8Q", _SECRET[-_STRIPE:])
    return tuple(((lane ^ lane >> 47 ^ key) * _P32_1) & _M64 for lane, key in zip(lanes, keys, strict=True))


def _short64(data: bytes) -> int:
    size = len(data)
    if size > 128:
        return _avalanche3(_long_mix(data))
    if size > 16:
        value = size * _P1
        for offset, (first, last) in enumerate(_pairs(size)):
            value += _mix16(data, first, 32 * offset) + _mix16(data, last, 32 * offset + 16)
        return _avalanche3(value & _M64)
    if size > 8:
        low = _word64(data) ^ _secret64(24) ^ _secret64(32)
        high = _word64(data, size - 8) ^ _secret64(40) ^ _secret64(48)
        return _avalanche3((size + _swapped64(low) + high + _fold(low * high)) & _M64)
    if size > 3:
        keyed = (_word32(data, size - 4) + (_word32(data) << 32)) ^ _secret64(8) ^ _secret64(16)
        keyed ^= _rotated(keyed, 49) ^ _rotated(keyed, 24)
        keyed = keyed * _MX2 & _M64
        keyed ^= (keyed >> 35) + size
        keyed = keyed * _MX2 & _M64
        return keyed ^ keyed >> 28
    if size:
        return _avalanche64(_combined(data) ^ _secret32(0) ^ _secret32(4))
    return _avalanche64(_secret64(56) ^ _secret64(64))


def _short128(data: bytes) -> tuple[int, int]:
    size = len(data)
    if size > 128:
        return _finished(*_long_mix128(data), size)
    if size > 16:
        one, two = size * _P1, 0
        for offset, (first, last) in reversed(list(enumerate(_pairs(size)))):
            one, two = _mix32(one, two, data, first, last, 32 * offset)
        return _finished(one, two, size)
    if size > 8:
        return _middle128(data)
    if size > 3:
        return _few128(data)
    if size:
        combined = _combined(data)
        swapped = int.from_bytes(combined.to_bytes(4, "little"), "big")
        turned = (swapped << 13 | swapped >> 19) & _M32
        return (
            _avalanche64(combined ^ _secret32(0) ^ _secret32(4)),
            _avalanche64(turned ^ _secret32(8) ^ _secret32(12)),
        )
    return _avalanche64(_secret64(64) ^ _secret64(72)), _avalanche64(_secret64(80) ^ _secret64(88))


def _few128(data: bytes) -> tuple[int, int]:
    size = len(data)
    keyed = (_word32(data) + (_word32(data, size - 4) << 32)) ^ _secret64(16) ^ _secret64(24)
    product = keyed * (_P1 + (size << 2))
    low, high = product & _M64, product >> 64 & _M64
    high = (high + (low << 1)) & _M64
    low ^= high >> 3
    low = (low ^ low >> 35) * _MX2 & _M64
    return low ^ low >> 28, _avalanche3(high)


def _middle128(data: bytes) -> tuple[int, int]:
    size = len(data)
    flip_low, flip_high = _secret64(32) ^ _secret64(40), _secret64(48) ^ _secret64(56)
    first, last = _word64(data), _word64(data, size - 8)
    product = (first ^ last ^ flip_low) * _P1
    low, high = product & _M64, product >> 64
    low = (low + (size - 1 << 54)) & _M64
    last ^= flip_high
    high = (high + last + (last & _M32) * (_P32_2 - 1)) & _M64
    low ^= _swapped64(high)
    product = low * _P2
    low, high = product & _M64, (product >> 64) + high * _P2 & _M64
    return _avalanche3(low), _avalanche3(high)


def _pairs(size: int) -> Sequence[tuple[int, int]]:
    """Return where the pieces of 16 bytes are that inputs of 17 to 128 bytes are mixed from, the outermost first."""
    count = (size - 1) // 32 + 1
    return [(16 * place, size - 16 * (place + 1)) for place in range(count)]


def _long_mix(data: bytes) -> int:
    """Return the mix of 129 to 240 bytes."""
    size = len(data)
    value = size * _P1 + sum(_mix16(data, 16 * place, 16 * place) for place in range(8))
    value = _avalanche3(value & _M64)
    value += sum(_mix16(data, 16 * place, 16 * (place - 8) + 3) for place in range(8, size // 16))
    return (value + _mix16(data, size - 16, 136 - 17)) & _M64


def _long_mix128(data: bytes) -> tuple[int, int]:
    size = len(data)
    one, two = size * _P1 & _M64, 0
    for place in range(4):
        one, two = _mix32(one, two, data, 32 * place, 32 * place + 16, 32 * place)
    one, two = _avalanche3(one), _avalanche3(two)
    for place in range(4, size // 32):
        one, two = _mix32(one, two, data, 32 * place, 32 * place + 16, 3 + 32 * (place - 4))
    # The secret is taken the other way round here, as well as the two pieces.
    return _mix32(one, two, data, size - 16, size - 32, 136 - 17 - 16)


def _finished(one: int, two: int, size: int) -> tuple[int, int]:
    low = _avalanche3((one + two) & _M64)
    high = -_avalanche3((one * _P1 + two * _P4 + size * _P2) & _M64) & _M64
    return low, high


def _mix16(data: bytes, at: int, secret: int) -> int:
    return _fold((_word64(data, at) ^ _secret64(secret)) * (_word64(data, at + 8) ^ _secret64(secret + 8)))


def _mix32(  # noqa: PLR0917 - the specification's
    one: int, two: int, data: bytes, first: int, second: int, secret: int
) -> tuple[int, int]:
    one = (one + _mix16(data, first, secret) & _M64) ^ (_word64(data, second) + _word64(data, second + 8) & _M64)
    two = (two + _mix16(data, second, secret + 16) & _M64) ^ (_word64(data, first) + _word64(data, first + 8) & _M64)
    return one, two


def _combined(data: bytes) -> int:
    """Return 1 to 3 bytes and their number as one word."""
    size = len(data)
    return data[-1] | size << 8 | data[0] << 16 | data[size >> 1] << 24


def _round(lane: int, word: int) -> int:
    lane = lane + word * _P2 & _M64
    return ((lane << 31 | lane >> 33) & _M64) * _P1 & _M64


def _avalanche64(value: int) -> int:
    value = (value ^ value >> 33) * _P2 & _M64
    value = (value ^ value >> 29) * _P3 & _M64
    return value ^ value >> 32


def _avalanche3(value: int) -> int:
    value = (value ^ value >> 37) * _MX1 & _M64
    return value ^ value >> 32


def _fold(product: int) -> int:
    return product & _M64 ^ product >> 64


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> 64 - bits) & _M64


def _swapped64(value: int) -> int:
    return int.from_bytes(value.to_bytes(8, "little"), "big")


def _word32(data: bytes, at: int = 0) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _word64(data: bytes, at: int = 0) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _secret32(at: int) -> int:
    return _word32(_SECRET, at)


def _secret64(at: int) -> int:
    return _word64(_SECRET, at)
