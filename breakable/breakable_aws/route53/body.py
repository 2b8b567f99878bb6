"""The body of an HTTP response as a health checker reads it: only its beginning, and only for so long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

SEARCHED_BYTES = 5120
"""A search string must lie wholly in so many bytes (Route 53 Developer Guide, health-checks-creating-values)."""


async def contains(text: bytes, reader: asyncio.StreamReader, seconds: float) -> bool:
    """Whether the text lies wholly in the first bytes of the body that come in time.

    The reader stands behind the status line; the seconds are real time, for headers and body together.
    """
    seen = b""
    # ValueError: a malformed header or chunk size.
    with contextlib.suppress(TimeoutError, OSError, EOFError, ValueError):
        async with asyncio.timeout(seconds):
            chunked = await _skip_headers(reader)
            async for piece in _chunks(reader) if chunked else _plain(reader):
                seen += piece
                if text in seen[:SEARCHED_BYTES] or len(seen) >= SEARCHED_BYTES:
                    break
    return text in seen[:SEARCHED_BYTES]


async def _skip_headers(reader: asyncio.StreamReader) -> bool:
    """Read up to the body and return whether it comes in chunks."""
    chunked = False
    while (line := await reader.readline()).strip():
        name, _, value = line.partition(b":")
        chunked |= name.strip().lower() == b"transfer-encoding" and b"chunked" in value.lower()
    return chunked


async def _plain(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(SEARCHED_BYTES):
        yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while left := int((await reader.readline()).partition(b";")[0], 16):
        while left > 0 and (piece := await reader.read(min(left, SEARCHED_BYTES))):
            left -= len(piece)
            yield piece
        await reader.readexactly(2)
