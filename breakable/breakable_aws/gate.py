"""A door of the local internet: a TCP port in front of a listener that can be shut, hang or reset for real.

Bytes pass in both directions, half-closes included, and never more are in memory than needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from enum import Enum
from typing import cast

LOOPBACK = "127.0.0.1"
_BACKLOG = 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Behaviour(Enum):
    """What a gate does with connections."""

    PASS = "pass"  # noqa: S105 - no password
    REFUSE = "refuse"
    HANG = "hang"
    RESET = "reset"


class Gate:
    """One gate before a port on loopback; its own port stays the same until it is closed.

    The gate calls `arrived` and `left` with the local port of each connection that it opens to the listener.
    """

    def __init__(
        self,
        listener_port: int,
        *,
        arrived: Callable[[int], None] = lambda _port: None,
        left: Callable[[int], None] = lambda _port: None,
    ) -> None:
        self.listener_port, self.arrived, self.left = listener_port, arrived, left
        self.passages: set[Passage] = set()
        # Bound and never listening: it keeps the port while the gate refuses.
        self._reservation = _bound(0)
        self.port: int = self._reservation.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._behaviour = Behaviour.REFUSE

    async def behave(self, behaviour: Behaviour) -> None:
        """Change what the gate does; connections that are open feel it too."""
        before, self._behaviour = self._behaviour, behaviour
        if before is behaviour:
            return
        for passage in list(self.passages):
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
        for passage in list(self.passages):
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
        passage = Passage(self)
        self.passages.add(passage)
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


def reset(transport: asyncio.Transport) -> None:
    """Close a connection with a TCP reset."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


class End(asyncio.Protocol):
    """One end of a passage; what arrives here leaves at the other end.

    No more is in memory than what one end has not taken yet: the other one waits for it.
    """

    transport: asyncio.Transport | None = None
    other: End | None = None
    ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Send it on at the other end."""
        if self.other and self.other.transport:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Pass a half-close on, and keep the other direction open."""
        self.ended = True
        if self.other is None or self.other.ended or self.other.transport is None:
            return False
        if not self.other.transport.is_closing():
            self.other.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        """Let the other end wait."""
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the other end go on."""
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Close the other end; a reset is passed on as one, anything else lets what is buffered arrive first."""
        other = self.other.transport if self.other else None
        if other is None:
            return
        reset(other) if isinstance(error, ConnectionResetError) else other.close()


class Passage(End):
    """The client's end, which connects to the listener behind the gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._local_port: int | None = None
        self._hung = False
        self._doomed = False
        self._is_cut = False
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect onward; nothing is read until that has succeeded."""
        super().connection_made(transport)
        if self._is_cut:
            # The gate was shut between accepting the connection and this turn of the loop.
            self.cut()
        elif not self._hung and self.transport:
            self.transport.pause_reading()
            self._connecting = asyncio.create_task(self._connect())

    def hang(self) -> None:
        """Answer nothing from now on; what the client sends is lost. Only a client that closes gets an end."""
        self._hung = True
        if self._connecting:
            self._connecting.cancel()
        listener, self.other = self.other, None
        if listener and listener.transport:
            listener.other = None
            listener.transport.abort()
        if self.transport and not self.transport.is_closing():
            self.transport.resume_reading()

    def doom(self) -> None:
        """Reset the connection as soon as the client says anything."""
        self._hung = self._doomed = True

    def cut(self) -> None:
        """Reset the connection, or as soon as it is made."""
        self._is_cut = True
        if self.transport:
            reset(self.transport)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, unless the connection hangs or is doomed."""
        if self._doomed:
            self.cut()
        elif not self._hung:
            super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Close the onward connection too."""
        if self._connecting:
            self._connecting.cancel()
        if self._local_port is not None:
            self._gate.left(self._local_port)
        super().connection_lost(error)
        self._gate.passages.discard(self)

    def eof_received(self) -> bool:
        """Pass a half-close on; a doomed connection ends with a reset even then."""
        if self._doomed:
            self.cut()
        return super().eof_received()

    async def _connect(self) -> None:
        onward = End()
        try:
            await asyncio.get_running_loop().create_connection(lambda: onward, LOOPBACK, self._gate.listener_port)
        except OSError:
            self.cut()
            return
        if self.transport is None or onward.transport is None:
            return
        if self.transport.is_closing():
            onward.transport.abort()
            return
        self._local_port = onward.transport.get_extra_info("sockname")[1]
        self._gate.arrived(self._local_port)
        self.other, onward.other = onward, self
        self.transport.resume_reading()
