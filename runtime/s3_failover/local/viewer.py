"""Asks for objects as a browser would, by hostname, at the listeners of the embedded AWS."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import quote

from s3_failover.local import places
from s3_failover.local.handle import Emulator

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """What a viewer got.

    Attributes:
        status: the HTTP status; 0 if there was no answer.
        body: the bytes.
        seconds: from connecting to the last byte.
        error: why there was no answer, or an empty string.
    """

    status: int
    body: bytes
    seconds: float
    error: str = ""


def through_distribution(emulator: Emulator, hostname: str, key: str, *, timeout: float = 15.0) -> Answer:
    """Fetch a key from the distribution that has the hostname as its alias: HTTPS, its certificate verified."""
    context = ssl.create_default_context(cafile=emulator.ca_file)
    return _get(_Tls(hostname, emulator.cloudfront_https, context, timeout), key)


def through_website(emulator: Emulator, hostname: str, key: str, *, timeout: float = 15.0) -> Answer:
    """Fetch a key from the S3 website whose bucket is named like the hostname: HTTP, as the endpoint has no TLS."""
    return _get(_Plain(hostname, emulator.s3_http, timeout), key)


def through_api(emulator: Emulator, hostname: str, key: str, *, timeout: float = 15.0) -> Answer:
    """Fetch a key from the API that has the hostname as its custom domain name: HTTPS, its certificate verified."""
    context = ssl.create_default_context(cafile=emulator.ca_file)
    return _get(_Tls(hostname, emulator.api_gateway_https, context, timeout), key)


def through_external(emulator: Emulator, hostname: str, cdn: str, key: str, *, timeout: float = 15.0) -> Answer:
    """Fetch a key from another provider's CDN, which DNS led to by its name: HTTPS, the certificate verified."""
    context = ssl.create_default_context(cafile=emulator.ca_file)
    try:
        port = places.find(emulator, cdn, "https").port
    except OSError as error:
        return Answer(0, b"", 0.0, str(error))
    return _get(_Tls(hostname, port, context, timeout), key)


class Browser:
    """Fetches keys of hostnames from given ports, as a browser whose resolver led it there.

    Args:
        emulator: whose authority signed the certificates.
        timeout: seconds to wait for each read or write.
    """

    def __init__(self, emulator: Emulator, *, timeout: float) -> None:
        self._context = ssl.create_default_context(cafile=emulator.ca_file)
        self._timeout = timeout

    def get(self, scheme: str, hostname: str, port: int, key: str) -> tuple[int, bytes]:
        """Return the status and the body of a key.

        Raises:
            OSError, http.client.HTTPException: there was no answer.
        """
        if scheme == "https":
            connection: _Plain = _Tls(hostname, port, self._context, self._timeout)
        else:
            connection = _Plain(hostname, port, self._timeout)
        return _exchange(connection, key)


class _Plain(http.client.HTTPConnection):
    """Connects to loopback, whatever the hostname resolves to; the Host header bears the bare hostname."""

    def __init__(self, hostname: str, port: int, timeout: float) -> None:
        super().__init__(hostname, timeout=timeout)
        self._loopback_port = port

    def connect(self) -> None:
        self.sock = socket.create_connection((_LOOPBACK, self._loopback_port), self.timeout)


class _Tls(_Plain):
    """The same with TLS, the hostname as server name."""

    default_port = http.client.HTTPS_PORT

    def __init__(self, hostname: str, port: int, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(hostname, port, timeout)
        self._tls = context

    def connect(self) -> None:
        super().connect()
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


def _get(connection: http.client.HTTPConnection, key: str) -> Answer:
    begin = time.monotonic()
    try:
        status, body = _exchange(connection, key)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, b"", time.monotonic() - begin, str(error) or type(error).__name__)
    return Answer(status, body, time.monotonic() - begin)


def _exchange(connection: http.client.HTTPConnection, key: str) -> tuple[int, bytes]:
    try:
        connection.request("GET", f"/{quote(key)}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
