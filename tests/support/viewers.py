"""Asks a listener on loopback as a browser would whom DNS sent there: real sockets, certificates verified."""

import http.client
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote

SOURCE_HEADER = "x-breakable-source-ip"
CHECKER = "15.177.0.10"
"""An address of Route 53's health checkers."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(port, host, key="", *, ca=None, method="GET", source=None, query="", path=None, headers=None):
    """Ask for a key, or a path as it stands, by Host header; over TLS if a CA is given, as from an address if one is."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=15)
    connection = http.client.HTTPConnection(host)
    connection.sock = _tls(raw, host, ca) if ca else raw
    sent = {"Host": host} | ({SOURCE_HEADER: source} if source else {}) | (headers or {})
    try:
        connection.request(method, path or f"/{quote(key)}{query}", headers=sent)
        response = connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lowered, response.read())
    finally:
        connection.close()
        raw.close()


def _tls(raw, host, ca):
    return ssl.create_default_context(cafile=ca).wrap_socket(raw, server_hostname=host)
