"""One connection through a gate: bytes in both directions, half-closes included, never more in memory than needed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import cast

from . import arrivals
from .listeners import LOOPBACK
from .places import Place

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def reset(transport: asyncio.Transport) -> None:
    """Close a connection with a TCP reset."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


class _End(asyncio.Protocol):
    """One end of a passage; what arrives here leaves at the other end."""

    transport: asyncio.Transport | None = None
    other: _End | None = None
    ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
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
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        other = self.other.transport if self.other else None
        if other is None:
            return
        # A reset is passed on as one; anything else lets what is buffered arrive first.
        reset(other) if isinstance(error, ConnectionResetError) else other.close()


class Passage(_End):
    """The client's end, which connects to the listener behind the gate.

    `closed` is called once when the client's connection is gone.
    """

    def __init__(self, place: Place, port: int, closed: Callable[[Passage], None]) -> None:
        self._place, self._port, self._closed = place, port, closed
        self._local_port: int | None = None
        self._hung = False
        self._doomed = False
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect onward; nothing is read until that has succeeded."""
        super().connection_made(transport)
        if not self._hung and self.transport:
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
        """Reset the connection."""
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
            arrivals.forget(self._local_port, self._port)
        super().connection_lost(error)
        self._closed(self)

    def eof_received(self) -> bool:
        """Pass a half-close on; a doomed connection ends with a reset even then."""
        if self._doomed:
            self.cut()
        return super().eof_received()

    async def _connect(self) -> None:
        onward = _End()
        try:
            await asyncio.get_running_loop().create_connection(lambda: onward, LOOPBACK, self._port)
        except OSError:
            self.cut()
            return
        if self.transport is None or onward.transport is None:
            return
        if self.transport.is_closing():
            onward.transport.abort()
            return
        self._local_port = onward.transport.get_extra_info("sockname")[1]
        arrivals.note(self._local_port, self._port, self._place)
        self.other, onward.other = onward, self
        self.transport.resume_reading()
