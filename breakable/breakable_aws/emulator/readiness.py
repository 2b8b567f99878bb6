"""Announces, in one step, that every listener accepts."""

import asyncio
import contextlib
import json
import os
from pathlib import Path
from typing import Any

from breakable_aws.clock import EmbeddedClock

from .net.listeners import LOOPBACK, BoundListeners, port_of

CONNECT_POLL_SECONDS = 0.01
"""Pause between two attempts to connect to a listener that does not accept yet."""


def announcement(
    listeners: BoundListeners, ca_file: Path, secret_file: Path, account: str, clock: EmbeddedClock
) -> dict[str, Any]:
    """Return what a caller needs to know to use this emulator; the secret itself stands in a file of its own."""
    return {
        "endpoint": listeners.endpoint,
        "cloudfront": listeners.cloudfront.ports(),
        "s3": listeners.s3.ports(),
        "api_gateway": {"https": port_of(listeners.api_gateway)},
        "ca_file": str(ca_file.resolve()),
        "secret_file": str(secret_file.resolve()),
        "pid": os.getpid(),
        "account": account,
        "speed": clock.speed,
        "started": clock.started,
    }


async def all_accept(listeners: BoundListeners) -> None:
    """Return when a connection to every listener succeeds."""
    for listener in listeners.all():
        while not await _accepts(port_of(listener)):
            await asyncio.sleep(CONNECT_POLL_SECONDS)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def as_line(document: dict[str, Any]) -> str:
    """Return a document as one line of JSON."""
    return json.dumps(document) + "\n"
