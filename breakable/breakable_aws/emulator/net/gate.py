"""A door of the local internet: a TCP port in front of a listener that can be shut, hang or reset for real."""

import asyncio
import socket
from enum import Enum

from .listeners import LOOPBACK
from .passage import Passage
from .places import Place

_BACKLOG = 1024


class Behaviour(Enum):
    """What a gate does with connections."""

    PASS = "pass"  # noqa: S105 - no password
    REFUSE = "refuse"
    HANG = "hang"
    RESET = "reset"


class Gate:
    """One gate; its port stays the same for as long as the process runs."""

    def __init__(self, place: Place, listener_port: int) -> None:
        self._place, self._listener_port = place, listener_port
        # Bound and never listening: it keeps the port while the gate refuses.
        self._reservation = _bound(0)
        self.port: int = self._reservation.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._behaviour = Behaviour.REFUSE
        self._passages: set[Passage] = set()

    async def behave(self, behaviour: Behaviour) -> None:
        """Change what the gate does; connections that are open feel it too."""
        before, self._behaviour = self._behaviour, behaviour
        if before is behaviour:
            return
        for passage in list(self._passages):
            # A connection that hung has lost bytes, so it cannot continue.
            passage.hang() if behaviour is Behaviour.HANG else passage.cut()
        if behaviour is Behaviour.REFUSE:
            self._shut()
        elif self._server is None:
            await self._open()

    def close(self) -> None:
        """Cut every connection and give the port back."""
        self._behaviour = Behaviour.REFUSE
        self._shut()
        for passage in list(self._passages):
            passage.cut()
        self._reservation.close()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, sock=_bound(self.port), backlog=_BACKLOG)
        if self._behaviour is Behaviour.REFUSE:
            # The behaviour changed to REFUSE while the gate opened.
            self._shut()

    def _shut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    def _accept(self) -> asyncio.Protocol:
        passage = Passage(self._place, self._listener_port, self._passages.discard)
        self._passages.add(passage)
        if self._behaviour is Behaviour.HANG:
            passage.hang()
        elif self._behaviour is not Behaviour.PASS:
            passage.doom()
        return passage


def _bound(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Two sockets on one port, of which one listens; the system never gives this port to another program by chance.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((LOOPBACK, port))
    return bound
