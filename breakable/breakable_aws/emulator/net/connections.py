"""The open connections of the listeners, by both of their ends: what a fault resets."""

import asyncio
from typing import cast

from breakable_aws.gate import reset

from .viewer_requests import Scope

Ends = tuple[tuple[str, int], tuple[str, int]]
"""The client's and the listener's address and port."""

_open: dict[Ends, asyncio.Transport] = {}


def note(ends: Ends, transport: asyncio.BaseTransport) -> None:
    """Note an open connection."""
    _open[ends] = cast(asyncio.Transport, transport)


def forget(ends: Ends) -> None:
    """Forget a connection that is closed."""
    _open.pop(ends, None)


def cut(scope: Scope) -> None:
    """Reset the connection that a request came over, if it is still open."""
    client, server = scope.get("client"), scope.get("server")
    transport = _open.get((tuple(client), tuple(server))) if client and server else None
    if transport is not None:
        reset(transport)
