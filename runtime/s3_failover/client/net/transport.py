"""Connections that obey the guard of the attempt that uses them, from name resolution on.

A resolver that hangs and endpoints with many dead addresses end in time. botocore offers no way to give a client other
connection classes. Its HTTP session keeps them in a dictionary by scheme, the same since 2018, which is changed here;
`install_transport` says so when a version has none.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool, AWSHTTPSConnection, AWSHTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from s3_failover.client.locks import call_after_fork
from s3_failover.client.net.guard import Guard, GuardedLine, current_guard
from s3_failover.client.objects import Phase

ADDRESSES = 3
"""How many of an endpoint's addresses are tried: S3 names several, and a region that is down refuses all of them."""

Address = tuple[Any, ...]
SocketOptions = Sequence[tuple[int, int, int | bytes]]


class Lookups:
    """Name lookups, each in a thread of its own that can be left behind; one at a time for each name.

    `getaddrinfo` knows no timeout: with a resolver that does not answer it returns after half a minute or so.
    """

    def __init__(self) -> None:
        self.after_fork()
        call_after_fork(self)

    def after_fork(self) -> None:
        """Forget lookups whose threads stayed in the parent."""
        self._running: dict[tuple[str, int], _Lookup] = {}
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int, timeout: float) -> list[Address]:
        """Return the addresses of a name.

        Raises:
            socket.gaierror: it has none.
            TimeoutError: the resolver did not answer in time.
        """
        try:
            return _getaddrinfo(host, port, socket.AI_NUMERICHOST)
        except socket.gaierror:
            pass
        try:
            lookup = self._lookup(host, port)
        except RuntimeError:
            # There is no thread to be had; as long as the resolver answers, the timeout is not missed.
            return _getaddrinfo(host, port)
        return lookup.result(timeout)

    def _lookup(self, host: str, port: int) -> _Lookup:
        with self._lock:
            lookup = self._running.get((host, port))
            if lookup is None:
                lookup = _Lookup(host, port)
                self._running[host, port] = lookup
                try:
                    threading.Thread(target=self._run, args=(lookup,), name="s3-failover-lookup", daemon=True).start()
                except RuntimeError:
                    del self._running[host, port]
                    raise
            return lookup

    def _run(self, lookup: _Lookup) -> None:
        lookup.run()
        with self._lock:
            self._running.pop((lookup.host, lookup.port), None)


class _Lookup:
    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._done = threading.Event()
        self._found: list[Address] = []
        self._error: OSError | UnicodeError | None = None

    def run(self) -> None:
        try:
            self._found = _getaddrinfo(self.host, self.port)
        except (OSError, UnicodeError) as error:
            self._error = error
        self._done.set()

    def result(self, timeout: float) -> list[Address]:
        if not self._done.wait(timeout):
            raise TimeoutError(f"the resolver did not answer for {self.host} within {timeout:.3g} s")
        if self._error is not None:
            # Several threads may wait for one lookup: each needs an exception of its own.
            raise type(self._error)(*self._error.args)
        return self._found


def _getaddrinfo(host: str, port: int, flags: int = 0) -> list[Address]:
    return socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM, 0, flags)


_lookups = Lookups()


def connect(
    host: str, port: int, timeout: float, *, options: SocketOptions | None = None, source: tuple[str, int] | None = None
) -> socket.socket:
    """Return a connected socket, with at most `timeout` seconds for the lookup and all addresses together.

    While there are more addresses, each has half of the time that is left.

    Raises:
        socket.gaierror: the name has no address.
        TimeoutError: nothing answered in time.
        OSError: every address that was tried refused.
    """
    end = time.monotonic() + timeout
    addresses = _lookups.addresses(host.strip("[]"), port, timeout)[:ADDRESSES]
    last: OSError | None = None
    for position, address in enumerate(addresses, start=1):
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            return _dial(address, left if position == len(addresses) else left / 2, options or (), source)
        except OSError as error:
            last = error
    raise last or TimeoutError(f"no connection to {host} within {timeout:.3g} s")


def _dial(address: Address, timeout: float, options: Iterable[Any], source: tuple[str, int] | None) -> socket.socket:
    family, kind, protocol, _, target = address
    sock = socket.socket(family, kind, protocol)
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.settimeout(timeout)
        if source:
            sock.bind(source)
        sock.connect(target)
    except BaseException:
        sock.close()
        raise
    return sock


LONGEST_CONNECT = 60.0
"""Seconds to connect or to read where no timeout is set: botocore's own default."""


class _Lines:
    """What http.client reads status line and headers from; remembers the last line."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._last = b""
        self.close = stream.close

    def readline(self, *limit: int) -> bytes:
        self._last = self._stream.readline(*limit)
        return self._last

    @property
    def complete(self) -> bool:
        return self._last in (b"\r\n", b"\n")


class _WholeHeaders(http.client.HTTPResponse):
    """A response whose headers ended with an empty line.

    http.client takes the end of the connection for the end of the headers: an answer cut there is a 200 without a
    length, and an empty object.
    """

    def begin(self) -> None:
        if self.headers is not None:
            return
        stream = self.fp
        lines: Any = _Lines(stream)
        self.fp = lines
        try:
            super().begin()
        finally:
            if self.fp is lines:
                self.fp = stream
        if not lines.complete:
            self.close()
            msg = "the connection ended within the headers"
            raise http.client.RemoteDisconnected(msg)


class _Guarded:
    """A connection that reports to the guard of the attempt in its thread, and lets itself be shut down by it."""

    _dns_host: str
    port: int
    timeout: float | None
    sock: Any
    socket_options: Any
    source_address: Any
    response_class = _WholeHeaders
    patience: float | None = None
    _line: GuardedLine | None = None
    _served = 0

    def _new_conn(self) -> socket.socket:
        guard = current_guard()
        timeout = self._time(self.timeout, guard)
        try:
            sock = connect(self._dns_host, self.port, timeout, options=self.socket_options, source=self.source_address)
        except socket.gaierror as error:
            raise NameResolutionError(self._dns_host, self, error) from error  # type: ignore[arg-type]
        except UnicodeError as error:
            raise NewConnectionError(self, f"{self._dns_host!r} is no host name: {error}") from error  # type: ignore[arg-type]
        except TimeoutError as error:
            msg = f"no connection to {self._dns_host} within {timeout:.3g} s"
            raise ConnectTimeoutError(self, msg) from error
        except OSError as error:
            msg = f"no connection to {self._dns_host}: {error}"
            raise NewConnectionError(self, msg) from error  # type: ignore[arg-type]
        # A proxy's answer and TLS follow on this socket: they have the time of a read, and not what connecting left.
        sock.settimeout(self._time(self.patience, guard))
        # The guard must be able to end those too.
        self._line, self._served = GuardedLine(sock), 0
        if guard:
            guard.hold(self._line)
        return sock

    @staticmethod
    def _time(given: object, guard: Guard | None) -> float:
        timeout = given if isinstance(given, int | float) else LONGEST_CONNECT
        return max(min(timeout, guard.remaining), 0.001) if guard else timeout

    def request(self, *args: Any, **kwargs: Any) -> Any:
        guard = current_guard()
        if guard:
            guard.reused = self._served > 0
            guard.hold(self._line)
            # urllib3 connects before it calls this for TLS, and after it for plain HTTP.
            guard.phase = Phase.CONNECT if self.sock is None else Phase.HEADERS
        result = super().request(*args, **kwargs)  # type: ignore[misc]
        if guard:
            guard.phase = Phase.HEADERS
        return result

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        response = super().getresponse(*args, **kwargs)  # type: ignore[misc]
        self._served += 1
        guard = current_guard()
        if guard:
            guard.phase = Phase.BODY
        return response

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        # Not closed: a guard may still hold it, for a body that is read after its connection was given up.
        self._line, self._served = None, 0


class _Connection(_Guarded, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _TlsConnection(_Guarded, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _Kept:
    """A pool that closes a kept connection for an attempt that wants a new one, as urllib3 does with one that ended."""

    timeout: Any

    def _get_conn(self, *args: Any, **kwargs: Any) -> Any:
        connection = super()._get_conn(*args, **kwargs)  # type: ignore[misc]
        connection.patience = self.timeout.read_timeout
        guard = current_guard()
        if guard and guard.fresh:
            connection.close()
        return connection


class _Pool(_Kept, AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(_Kept, AWSHTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def install_transport(client: Any) -> None:
    """Give a boto3 client connections that obey guards; raise RuntimeError if this botocore keeps its own elsewhere."""
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    classes = getattr(session, "_pool_classes_by_scheme", None)
    if not isinstance(classes, dict) or set(classes) != {"http", "https"}:
        msg = "this version of botocore has no connection classes where 1.40 to 1.44 have them: install one of those"
        raise RuntimeError(msg)
    classes.update(http=_Pool, https=_TlsPool)
