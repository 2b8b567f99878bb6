"""Connections that obey the guard of the attempt that uses them; botocore's, with two seams used.

botocore offers no way to give a client other connection classes. Its HTTP session keeps them in a dictionary by scheme,
the same since 2018, which is changed here; `install` says so when a version has none.
"""

from __future__ import annotations

import http.client
import socket
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool, AWSHTTPSConnection, AWSHTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from s3_failover.client import lookup
from s3_failover.client.attempt import Phase
from s3_failover.client.guard import Guard, Line, current

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
    _line: Line | None = None
    _served = 0

    def _new_conn(self) -> socket.socket:
        guard = current()
        timeout = self._time(self.timeout, guard)
        try:
            sock = lookup.connect(
                self._dns_host, self.port, timeout, options=self.socket_options, source=self.source_address
            )
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
        self._line, self._served = Line(sock), 0
        if guard:
            guard.hold(self._line)
        return sock

    @staticmethod
    def _time(given: object, guard: Guard | None) -> float:
        timeout = given if isinstance(given, int | float) else LONGEST_CONNECT
        return max(min(timeout, guard.remaining), 0.001) if guard else timeout

    def request(self, *args: Any, **kwargs: Any) -> Any:
        guard = current()
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
        guard = current()
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
        guard = current()
        if guard and guard.fresh:
            connection.close()
        return connection


class _Pool(_Kept, AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(_Kept, AWSHTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def install(client: Any) -> None:
    """Give a boto3 client connections that obey guards.

    Raises:
        RuntimeError: this botocore keeps its connection classes elsewhere.
    """
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    classes = getattr(session, "_pool_classes_by_scheme", None)
    if not isinstance(classes, dict) or set(classes) != {"http", "https"}:
        msg = "this version of botocore has no connection classes where 1.40 to 1.44 have them: install one of those"
        raise RuntimeError(msg)
    classes.update(http=_Pool, https=_TlsPool)
