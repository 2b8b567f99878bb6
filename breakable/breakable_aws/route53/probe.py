"""One probe of a health checker: real sockets, real TLS, the documented limits.

Limits and rules: Route 53 Developer Guide, dns-failover-determining-health-of-endpoints.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from breakable_aws.route53.body import contains

CONNECT_SECONDS = 4.0
TCP_SECONDS = 10.0
STATUS_SECONDS = 2.0
BODY_SECONDS = 2.0
SOURCE_HEADER = "x-breakable-source-ip"
"""The header that tells the embedded AWS the address of a checker."""

Find = Callable[[str, str], Awaitable[int]]
"""Returns the port where a name answers with a scheme; raises OSError when nothing lives there."""

Patience = Callable[[float], float]
"""Returns the real timeout for a documented one."""


@dataclass(frozen=True)
class Result:
    """What a probe found, and the words for it."""

    healthy: bool
    status: str


async def probe(config: Mapping[str, Any], source: str, find: Find, patience: Patience) -> Result:
    """Probe the endpoint of a health check once.

    `source` is the address that the checker comes from; `patience` returns the real timeout for a documented one.
    """
    try:
        port = await find(endpoint(config), scheme(config))
    except OSError as error:
        return Result(False, _unresolved(config, error))
    try:
        async with asyncio.timeout(patience(TCP_SECONDS if config["Type"] == "TCP" else CONNECT_SECONDS)):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=_tls(config), server_hostname=_sni(config)
            )
    except TimeoutError:
        return Result(False, "Failure: The health checker could not establish a connection within the timeout limit.")
    except OSError as error:
        return Result(False, f"Failure: {_reason(error)}")
    try:
        if config["Type"] == "TCP":
            return Result(True, "Success: TCP connection established")
        return await _exchange(config, source, reader, writer, patience)
    finally:
        writer.transport.abort()


def endpoint(config: Mapping[str, Any]) -> str:
    """Return where an endpoint check connects: its address if it has one, else its domain name."""
    return str(config.get("IPAddress") or config["FullyQualifiedDomainName"])


def scheme(config: Mapping[str, Any]) -> str:
    """Return the scheme of an endpoint check; TCP goes to the socket that its port is known for."""
    kind = config["Type"]
    return "https" if kind.startswith("HTTPS") or (kind == "TCP" and config.get("Port") == 443) else "http"


async def _exchange(
    config: Mapping[str, Any],
    source: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    patience: Patience,
) -> Result:
    try:
        async with asyncio.timeout(patience(STATUS_SECONDS)):
            writer.write(_request(config, source))
            status = _status(await reader.readline())
    except TimeoutError:
        return Result(False, "Failure: The endpoint did not respond with an HTTP status code within the timeout limit.")
    except (OSError, ValueError) as error:
        return Result(False, f"Failure: {_reason(error)}")
    if not 200 <= status < 400:
        return Result(False, f"Failure: HTTP Status Code {status}")
    text = str(config.get("SearchString") or "").encode()
    if text and not await contains(text, reader, patience(BODY_SECONDS)):
        return Result(False, "Failure: The response body did not contain the search string.")
    return Result(True, f"Success: HTTP Status Code {status}, OK")


def _request(config: Mapping[str, Any], source: str) -> bytes:
    host, port = str(config.get("FullyQualifiedDomainName") or endpoint(config)), config.get("Port")
    standard = 443 if scheme(config) == "https" else 80
    lines = [
        f"GET {config.get('ResourcePath') or '/'} HTTP/1.1",
        f"Host: {host if port in (None, standard) else f'{host}:{port}'}",
        "Connection: close",
        "User-Agent: Amazon-Route53-Health-Check-Service",
        f"{SOURCE_HEADER}: {source}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _status(line: bytes) -> int:
    parts = line.split()
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        raise ValueError("the endpoint closed the connection or did not speak HTTP")
    return int(parts[1])


def _unresolved(config: Mapping[str, Any], error: OSError) -> str:
    if config.get("IPAddress"):
        return f"Failure: {_reason(error)}"
    return "Failure: DNS resolution failed: Rcode NXDomain(3)"


def _tls(config: Mapping[str, Any]) -> ssl.SSLContext | None:
    return _UNVERIFIED if config["Type"].startswith("HTTPS") else None


def _sni(config: Mapping[str, Any]) -> str | None:
    if _tls(config) is None:
        return None
    return str(config.get("FullyQualifiedDomainName") or "") if config.get("EnableSNI", True) else ""


def _unverified() -> ssl.SSLContext:
    # Checkers do not validate certificates.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_UNVERIFIED = _unverified()


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
