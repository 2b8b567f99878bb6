"""An HTTP proxy through which browsers and SDKs take a viewer's way: the embedded DNS, then where its name leads.

It leads to the embedded AWS and nowhere else. Its port is open to every web page in a browser of this machine, so it
answers only what no page can send: a request whose target is a whole URL, or CONNECT.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from breakable_aws import viewer
from breakable_aws.errors import BreakableError
from breakable_aws.gate import LOOPBACK, End, reset
from breakable_aws.handle import Emulator

PORTS = {"http": 80, "https": 443}
"""The only ports at which the embedded AWS answers, by scheme."""

LARGEST_HEAD = 65536
"""Bytes of a request's head at most."""

HEAD_SECONDS = 60.0
"""How long a client may take to send the head of its request."""

_LOOK_SECONDS = 0.5
_RESOLVERS = 16
_BACKLOG = 1024
_OF_CONNECTIONS = (b"host", b"connection", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"upgrade")
_END = b"\r\n\r\n"
_PHRASES = {400: "Bad Request", 403: "Forbidden", 408: "Request Timeout", 431: "Header Too Large", 502: "Bad Gateway"}


class _RefusalError(Exception):
    """Why the proxy answers a request itself."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class _Journey:
    """Where a request goes, and the bytes that go there before those that the client still sends."""

    host: str
    scheme: str
    tunnel: bool
    first: bytes


class Proxy:
    """The proxy of one embedded AWS."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.port = 0
        self._server: asyncio.Server | None = None
        self._visitors: set[_Visitor] = set()
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="proxy")

    async def start(self, port: int = 0) -> None:
        """Begin to serve; raise OSError if the port is taken. 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Visitor(self), LOOPBACK, port, backlog=_BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End, with every connection."""
        if self._server is not None:
            self._server.close()
        for visitor in list(self._visitors):
            visitor.cut()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    def came(self, visitor: _Visitor) -> None:
        """Note a connection."""
        self._visitors.add(visitor)

    def went(self, visitor: _Visitor) -> None:
        """Forget a connection."""
        self._visitors.discard(visitor)

    async def port_of(self, host: str, scheme: str) -> int:
        """Return the port on loopback where a viewer's way ends."""
        lead = asyncio.get_running_loop().run_in_executor(self._resolvers, viewer.lead, self.emulator, host, scheme)
        try:
            return (await lead).port
        except viewer.NotHereError as error:
            raise _RefusalError(403, f"no zone here has {host}: this proxy leads to the embedded AWS only") from error
        except (BreakableError, OSError) as error:
            raise _RefusalError(502, str(error)) from error


async def serve(emulator: Emulator, port: int, announce: Callable[[int], object]) -> None:
    """Serve until the embedded AWS ends.

    Args:
        emulator: where the proxy leads.
        port: its own; 0 takes a free one.
        announce: gets the port once the proxy answers.

    Raises:
        BreakableError: the port is taken.
    """
    proxy = Proxy(emulator)
    try:
        await proxy.start(port)
    except OSError as error:
        raise BreakableError(f"port {port} for the proxy cannot be bound ({error}): leave --port out") from error
    try:
        announce(proxy.port)
        while emulator.alive:
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        proxy.stop()


class _Visitor(End):
    """The client's end: the head of its request says where the other end is."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._head = b""
        self._leading: asyncio.Task[None] | None = None
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the head, not for ever."""
        super().connection_made(transport)
        self._proxy.came(self)
        late = _RefusalError(408, f"the head of the request did not come within {HEAD_SECONDS:g} s")
        self._late = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._answer, late)

    def data_received(self, data: bytes) -> None:
        """Collect the head; what comes once there is another end goes there."""
        if self.other is not None:
            super().data_received(data)
            return
        self._head += data
        if _END in self._head:
            self._begin()
        elif len(self._head) > LARGEST_HEAD:
            self._answer(_RefusalError(431, f"the head of the request has more than {LARGEST_HEAD} bytes"))

    def connection_lost(self, error: Exception | None) -> None:
        """End what was begun."""
        if self._late:
            self._late.cancel()
        if self._leading:
            self._leading.cancel()
        self._proxy.went(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """Reset the connection."""
        if self.transport:
            reset(self.transport)

    def _begin(self) -> None:
        if self._late:
            self._late.cancel()
        if self.transport and not self.transport.is_closing():
            self.transport.pause_reading()
            self._leading = asyncio.create_task(self._lead())

    async def _lead(self) -> None:
        try:
            journey = read(self._head)
            port = await self._proxy.port_of(journey.host, journey.scheme)
            onward = await _connected(journey, port)
        except _RefusalError as refusal:
            self._answer(refusal)
            return
        if self.transport is None or onward.transport is None or self.transport.is_closing():
            onward.abort()
            return
        self.other, onward.other = onward, self
        if journey.tunnel:
            self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        onward.transport.write(journey.first)
        self.transport.resume_reading()

    def _answer(self, refusal: _RefusalError) -> None:
        """Answer with a refusal, and close."""
        if self.transport is None or self.transport.is_closing() or self.other is not None:
            return
        body = f"{refusal}\n".encode()
        head = (
            f"HTTP/1.1 {refusal.status} {_PHRASES[refusal.status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class _Onward(End):
    """The end at the embedded AWS; the client's is the other one as soon as both are open."""

    def abort(self) -> None:
        """Close without a word."""
        if self.transport:
            self.transport.abort()


async def _connected(journey: _Journey, port: int) -> _Onward:
    loop = asyncio.get_running_loop()
    try:
        _, onward = await loop.create_connection(_Onward, LOOPBACK, port)
    except OSError as error:
        where = f"{journey.host} port {PORTS.get(journey.scheme, 80)}"
        raise _RefusalError(502, f"no connection to {where}: {error.strerror or error}") from error
    return onward


def read(received: bytes) -> _Journey:
    """Return where a request goes.

    Raises:
        _RefusalError: it is none that a proxy gets, or it asks for what is not here.
    """
    head, _, rest = received.partition(_END)
    line, *fields = head.split(b"\r\n")
    words = line.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or min(words[1], default=0) <= ord(" "):
        raise _RefusalError(400, "the request is not one of HTTP/1.1")
    method, target, version = words
    if method == b"CONNECT":
        host, scheme = _tunnel_to(target)
        return _Journey(host, scheme, True, rest)
    host, path = _url(target)
    kept = [field for field in fields if _name(field) not in _OF_CONNECTIONS]
    # One request for each connection: the next one may be for another host.
    sent = [b" ".join((method, path, version)), b"Host: " + host.encode(), *kept, b"Connection: close"]
    # What is signed is an SDK's, and goes to S3's API in the region that its name has.
    signed = any(_name(field) == b"authorization" and b" Credential=" in field for field in kept)
    return _Journey(host, "api" if signed else "http", False, b"\r\n".join(sent) + _END + rest)


def _tunnel_to(target: bytes) -> tuple[str, str]:
    host, _, port = target.decode("latin-1").rpartition(":")
    schemes = {str(number): scheme for scheme, number in PORTS.items()}
    if port not in schemes:
        raise _RefusalError(403, f"got port {port!r}: the embedded AWS answers at 80 and 443 only")
    return _checked(host), schemes[port]


def _url(target: bytes) -> tuple[str, bytes]:
    """Return the host of a URL, and the rest behind it."""
    try:
        url = urlsplit(target.decode("ascii"))
        port = url.port
    except ValueError as error:
        raise _RefusalError(400, f"the target of the request is no URL: {error}") from error
    if not url.scheme:
        raise _RefusalError(403, "this is a proxy: it answers no request that is for itself")
    if url.scheme != "http" or url.username is not None:
        raise _RefusalError(400, "got another URL than http://HOST/..., expected one; for https use CONNECT")
    if port not in (None, PORTS["http"]):
        raise _RefusalError(403, f"got port {port}: the embedded AWS answers at 80 and 443 only")
    behind = target.partition(b"://")[2][len(url.netloc) :]
    return _checked(url.hostname or ""), behind if behind.startswith(b"/") else b"/" + behind


def _checked(host: str) -> str:
    name = host.lower().rstrip(".")
    if not name or any(character not in _OF_NAMES for character in name):
        raise _RefusalError(400, f"got the host {host!r}, expected a name of DNS")
    return name


_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()
