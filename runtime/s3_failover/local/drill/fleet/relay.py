"""One host's own way to a region: a TCP relay on loopback that can be cut while those of other hosts work."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

_LOOPBACK = "127.0.0.1"
_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing sends a reset."""
_PATIENCE = 10.0

T = TypeVar("T")


class Relay:
    """One relay; its port stays the same from when it is opened until its `Relays` are closed.

    Where what lies behind it refuses a connection, the one in front of it is reset: it had been accepted already.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        # Bound and never listening: it keeps the port while the relay refuses.
        self._reservation = _bound(0)
        self.port: int = self._reservation.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._passing: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    async def open(self) -> None:
        """Take connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self.port))

    async def cut(self) -> None:
        """Refuse connections, and reset those that are open."""
        server, self._server = self._server, None
        if server:
            server.close()
        passing = dict(self._passing)
        for task, writers in passing.items():
            for writer in writers:
                _reset(writer)
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    async def close(self) -> None:
        """Cut it for good, and give the port back."""
        await self.cut()
        self._reservation.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._server is None:
            _reset(writer)
            return
        writers = self._passing[task] = [writer]
        try:
            behind, ahead = await asyncio.open_connection(_LOOPBACK, self._target)
            writers.append(ahead)
            await _either(_copy(reader, ahead), _copy(behind, writer))
        except OSError:
            _reset(writer)
        except asyncio.CancelledError:
            # It was cut; asyncio's server would log a task that ends like this.
            pass
        finally:
            del self._passing[task]
            for each in writers:
                each.close()


class Relays:
    """All relays of a drill, served by one thread, for the length of a block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relays", daemon=True)
        self._relays: list[Relay] = []

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every relay."""
        for relay in self._relays:
            self._await(relay.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def open(self, target: int) -> Relay:
        """Return a new relay to a port on loopback; it takes connections."""
        relay = Relay(target)
        self._relays.append(relay)
        self._await(relay.open())
        return relay

    def cut(self, *relays: Relay) -> None:
        """Let relays refuse; when this returns, they do."""
        for relay in relays:
            self._await(relay.cut())

    def restore(self, *relays: Relay) -> None:
        """Let relays take connections again."""
        for relay in relays:
            self._await(relay.open())

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)


async def _either(*ways: Coroutine[Any, Any, None]) -> None:
    """Wait until one way has ended: a connection that is half open serves no HTTP client.

    Raises:
        OSError: that one was broken.
    """
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


def _bound(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Two sockets on one port, of which one listens; the system never gives this port to another program by chance.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((_LOOPBACK, port))
    return bound
