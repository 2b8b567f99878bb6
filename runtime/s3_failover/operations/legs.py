"""The two ways by which viewers reach a site, asked side by side whatever DNS says now."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.names.stacks import Output
from s3_failover.operations import proxies
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.proxies import ProxyError, ProxySettingError
from s3_failover.operations.shown import amount

TIMEOUT = 15.0
"""Seconds for a connection, and for each read."""

_PATIENCE = 5.0
"""Seconds after which a body is given up that comes slower than `_SLOWEST`: `status` and a part of `doctor` have 15."""
_SLOWEST = 1000
"""Bytes a second."""
_PIECE = 1 << 16

TIMED_OUT = "timed out"
"""The error of a viewer whose request was not answered in time, with TLS and without."""


@dataclass(frozen=True)
class LegAddress:
    """Where a leg of a site is connected to, and how it is spoken to."""

    name: str
    """`distribution` or `secondary`."""
    hostname: str
    """The site's hostname, which viewers send."""
    address: str
    """The name or address that is connected to instead of what DNS says."""
    port: int
    tls: ssl.SSLContext | None = field(default=None, compare=False)
    """How to verify its certificate; None for plain HTTP."""
    timeout: float = TIMEOUT
    """Seconds for a connection, and for each read."""

    def connected(self) -> AbstractContextManager[http.client.HTTPConnection]:
        """Connect for as long as a block lasts, through the proxy that boto3 would use, if there is one.

        Raises:
            OSError, HTTPException: the network fails.
        """
        return proxies.connected(self.address, self.port, self.tls, self.hostname, self.timeout)

    def get(self, key: str) -> LegAnswer:
        """Return what a viewer gets for a key on a new connection; never raises because of the network."""
        begin = time.monotonic()
        try:
            with self.connected() as connection:
                answer = self.over(connection, key)
        except ProxyError as error:
            answer = LegAnswer(0, b"", {}, 0, str(error), unseen=True)
        except (OSError, http.client.HTTPException) as error:
            answer = LegAnswer(0, b"", {}, 0, why(error))
        return replace(answer, seconds=time.monotonic() - begin)

    def over(self, connection: http.client.HTTPConnection, key: str) -> LegAnswer:
        """Return what a viewer gets for a key on an open connection; never raises because of the network."""
        begin = time.monotonic()
        try:
            asked = {"Host": self.hostname, "Cache-Control": "no-cache"}
            connection.request("GET", f"/{quote(key)}", headers=asked)
            response = connection.getresponse()
            body = _body(response)
        except (OSError, http.client.HTTPException) as error:
            return LegAnswer(0, b"", {}, time.monotonic() - begin, why(error))
        return LegAnswer(response.status, body, dict(response.getheaders()), time.monotonic() - begin)


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return the body of a response; raise OSError for one that drips."""
    parts, size, begin = [], 0, time.monotonic()
    while part := response.read1(_PIECE):
        parts.append(part)
        size += len(part)
        require_flow(size, begin)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    # Reading in parts does not end the response: without this, its connection takes no further request.
    response.close()
    return b"".join(parts)


@dataclass(frozen=True)
class LegAnswer:
    """What a viewer got.

    The status is 0 and the error not empty if there was no answer. `unseen` is whether a proxy keeps this machine from
    asking, which says nothing about what viewers get.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    seconds: float
    error: str = ""
    unseen: bool = False


def require_flow(size: int, begin: float) -> None:
    """Raise OSError for a body that drips, which no timeout of a read notices.

    `size` is the bytes that have come since `begin`, a moment of the monotonic clock.
    """
    spent = time.monotonic() - begin
    if spent > _PATIENCE and size < spent * _SLOWEST:
        raise OSError(f"the body drips: {amount(size, 'byte')} in {spent:.0f} s")


def why(error: Exception) -> str:
    """Return why there is no answer, as `LegAnswer.error` says it."""
    return TIMED_OUT if isinstance(error, TimeoutError) else str(error) or type(error).__name__


def legs(site: Site, account: Account) -> tuple[LegAddress, ...]:
    """Return both ways to a site: over HTTPS to the distribution, and to the secondary by what it speaks."""
    return distribution(site, account), secondary(site, account)


def require_proxies(site: Site, account: Account) -> None:
    """Raise UserError if the environment names a proxy to one of the legs by what is no URL."""
    leg = secondary(site, account)
    for variable, secure in (("HTTPS_PROXY", True), ("HTTP_PROXY", False)):
        try:
            # The distribution's name takes a stack to know; the secondary's stands for it.
            if secure or leg.tls is None:
                proxies.proxy_of(leg.address, leg.port, secure=secure)
        except ProxySettingError as error:
            raise UserError(f"{error}: correct {variable} in the environment") from error
        except ProxyError:
            # Of another kind: boto3 may know it, and the leg is not read back.
            continue


def distribution(site: Site, account: Account) -> LegAddress:
    """Return the way to the distribution, over HTTPS."""
    domain = Deployment(site, account).outputs()[Output.DISTRIBUTION_DOMAIN_NAME]
    return LegAddress("distribution", site.hostname, *account.reach(domain, 443), account.tls())


def secondary(site: Site, account: Account) -> LegAddress:
    """Return the way to the secondary, by what it speaks; nothing is asked for it."""
    port, tls = (443, account.tls()) if site.secondary.kind.speaks_https else (80, None)
    return LegAddress("secondary", site.hostname, *account.reach(site.secondary.kind.target(site), port), tls)
