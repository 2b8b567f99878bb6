"""Ranges of bytes of an object."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """One range of bytes, as `Range` asks for it.

    Attributes:
        first: the first byte, counted from 0; None for the last ones of the object.
        last: the last byte; None for the end of the object.
        count: how many of the last bytes, where `first` is None.
    """

    first: int | None
    last: int | None
    count: int = 0

    @classmethod
    def parsed(cls, text: object) -> ByteRange | None:
        """Return the range that a `Range` names; None if S3 would ignore it.

        S3 returns one range per request (S3 API Reference, GetObject). It answers several ranges, and what is no valid
        range (RFC 9110, 14.1.1: the last byte before the first, for example), with 200 and the whole object.
        """
        found = _RANGE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            return None
        first, last, count = (int(digits) if digits else None for digits in found.groups())
        if first is not None and last is not None and last < first:
            return None
        return cls(first, last, count or 0)

    def of(self, size: int) -> tuple[int, int]:
        """Return the first and the last byte that an object of this size has of it."""
        first = max(size - self.count, 0) if self.first is None else self.first
        return first, size - 1 if self.last is None else min(self.last, size - 1)
