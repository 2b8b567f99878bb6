"""Bodies that drip: one byte, then a pause, until the client has left or the pauses are over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .viewer_requests import Receive, Send

Pause = Callable[[], Awaitable[bool]]
"""Waits before the next byte, and tells whether to drip on; otherwise the rest is sent at once."""


def dripping(send: Send, receive: Receive, pause: Pause | None) -> Send:
    """Return what sends the bodies of responses byte by byte; the request's own body must have come before.

    Without a pause that is what sends them as ever.
    """
    if pause is None:
        return send

    async def drop(message: dict[str, Any]) -> None:
        body: bytes = message.get("body", b"") if message["type"] == "http.response.body" else b""
        if len(body) < 2:
            await send(message)
            return
        gone = asyncio.create_task(_gone(receive))
        try:
            sent = await _drip(send, body, pause, gone)
        finally:
            gone.cancel()
        if sent is not None:
            await send({**message, "body": body[sent:]})

    return drop


async def _drip(send: Send, body: bytes, pause: Pause, gone: asyncio.Task[None]) -> int | None:
    """Send all bytes but the last one by one; return how many were sent when that was over, None if the client left."""
    for number in range(len(body) - 1):
        await send({"type": "http.response.body", "body": body[number : number + 1], "more_body": True})
        waiting = asyncio.ensure_future(pause())
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not waiting.done():
            return None
        if not waiting.result():
            return number + 1
    return len(body) - 1


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
