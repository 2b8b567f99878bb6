"""HTTP connections to an address that is chosen here, through the proxy that boto3 would use."""

import base64
import contextlib
import http.client
import ipaddress
import ssl
import urllib.request
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

_REFUSED = "Tunnel connection failed"
"""What http.client says of a proxy that answers CONNECT with an error."""


class ProxyError(OSError):
    """The proxy does not let this machine ask: what is behind it is unknown."""


class ProxySettingError(ProxyError):
    """The environment names a proxy by what is no URL."""


@contextlib.contextmanager
def connected(
    address: str, port: int, tls: ssl.SSLContext | None, hostname: str, timeout: float
) -> Iterator[http.client.HTTPConnection]:
    """Connect to an address, directly or through a proxy by CONNECT, and close the connection afterwards.

    The certificate must have `hostname`; without `tls` it is plain HTTP. The timeout is for the connection, and for
    each read.

    Raises:
        ProxyError: the proxy cannot be used, does not answer, or refuses.
        OSError: the network fails, or the certificate is wrong.
    """
    proxy = proxy_of(address, port, secure=tls is not None)
    connection = _through(proxy, address, port, timeout) if proxy else _Direct(address, port, timeout=timeout)
    try:
        _connect(connection, proxy)
        if tls is not None:
            connection.sock = tls.wrap_socket(connection.sock, server_hostname=hostname)
        yield connection
    finally:
        connection.close()


def proxy_of(address: str, port: int, *, secure: bool) -> SplitResult | None:
    """Return the proxy to an address that the environment names, as `HTTPS_PROXY` and `NO_PROXY` do; None for none.

    Raises:
        ProxySettingError: the environment names it by what is no URL.
        ProxyError: it is another kind of proxy.
    """
    found = urllib.request.getproxies().get("https" if secure else "http")
    if not found or _is_loopback(address) or urllib.request.proxy_bypass(f"{address}:{port}"):
        return None
    return _parsed(found if "://" in found else f"http://{found}")


def _parsed(url: str) -> SplitResult:
    reason = f"the proxy {_shown(url)} cannot be used here, expected one like http://HOST:PORT"
    try:
        proxy = urlsplit(url)
        is_whole = proxy.hostname and proxy.port != 0
    except ValueError as error:
        # `port` raises it for what is no port.
        raise ProxySettingError(reason) from error
    if not is_whole:
        raise ProxySettingError(reason)
    if proxy.scheme != "http":
        raise ProxyError(reason)
    return proxy


class _Direct(http.client.HTTPConnection):
    # Without this a connection that the peer closed would be opened again, and without TLS.
    auto_open = 0


def _through(proxy: SplitResult, address: str, port: int, timeout: float) -> http.client.HTTPConnection:
    connection = _Direct(str(proxy.hostname), proxy.port or 80, timeout=timeout)
    headers = {}
    if proxy.username:
        secret = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(secret).decode()}"
    connection.set_tunnel(address, port, headers)
    return connection


def _connect(connection: http.client.HTTPConnection, proxy: SplitResult | None) -> None:
    try:
        connection.connect()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        # UnicodeError: no DNS name can be spelled like that.
        if proxy is None:
            raise
        because = str(error) or type(error).__name__
        doing = "refuses" if because.startswith(_REFUSED) else "cannot be used"
        raise ProxyError(f"the proxy {_shown(proxy.geturl())} {doing}: {because}") from error


def _shown(url: str) -> str:
    """Return a proxy's URL without its user and password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
