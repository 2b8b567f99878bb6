"""How viewers connect: anew for each request, by a connection that they keep, or as a browser does."""

import contextlib
import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTP_PORT, HTTPS_PORT
from typing import Protocol

from s3_failover.config import Site
from s3_failover.drill.kinds import UPGRADE_TIMEOUT, Connects, ViewerKind
from s3_failover.drill.states import DISTRIBUTION, SECONDARY, Leg
from s3_failover.operations.account import Account
from s3_failover.operations.clock import Clock
from s3_failover.operations.drill.http2 import Http2Connection
from s3_failover.operations.drill.names import Resolver, Targets
from s3_failover.operations.legs import TIMED_OUT, TIMEOUT, LegAddress, LegAnswer, why

_REDIRECTS = (301, 302, 307, 308)
_HSTS = "strict-transport-security"


class Connections(Protocol):
    """What a viewer asks through."""

    def get(self, key: str) -> tuple[Leg, LegAnswer]:
        """Return what the viewer gets for a key, and from where; never raises because of the network."""

    def close(self) -> None:
        """Close what is open."""


@dataclass(frozen=True)
class Ways:
    """The ways from a viewer to the legs of a site, by the addresses that its resolver tells."""

    site: Site
    where: Targets
    account: Account
    clock: Clock
    tls: ssl.SSLContext
    resolver: Resolver

    def ask(self, leg: Leg, scheme: str, key: str, timeout: float = TIMEOUT) -> LegAnswer:
        """Return what a leg answers on a new connection."""
        if leg not in (DISTRIBUTION, SECONDARY):
            return no_answer("DNS does not answer")
        try:
            return self.address(leg, scheme, timeout).get(key)
        except OSError as error:
            return no_answer(str(error))

    def address(self, leg: Leg, scheme: str, timeout: float = TIMEOUT) -> LegAddress:
        """Return where a leg is; raise OSError if nothing is at its name."""
        port, tls = (HTTPS_PORT, self.tls) if scheme == "https" else (HTTP_PORT, None)
        patience = self.clock.patience(timeout)
        return address(self.account, self.site.hostname, self.where.of(leg), port=port, tls=tls, timeout=patience)


def address(
    account: Account, hostname: str, name: str, *, port: int, tls: ssl.SSLContext | None, timeout: float = TIMEOUT
) -> LegAddress:
    """Return where a viewer of a hostname goes whom DNS leads to a name; raise OSError if nothing is there."""
    where, reached = account.reach(name, port)
    return LegAddress(name, hostname, where, reached, tls, timeout)


def no_answer(error: str) -> LegAnswer:
    """Return what a viewer gets that reaches nothing."""
    return LegAnswer(0, b"", {}, 0, error)


class NewConnections:
    """A connection for each request, and a question to the resolver before it."""

    def __init__(self, kind: ViewerKind, ways: Ways) -> None:
        self._kind = kind
        self._ways = ways

    def get(self, key: str) -> tuple[Leg, LegAnswer]:
        """Return what the viewer gets for a key; a redirect to HTTPS is followed."""
        leg = self._ways.resolver.leg()
        answer = self._ways.ask(leg, self._kind.scheme, key)
        if answer.status in _REDIRECTS and self._kind.scheme == "http":
            answer = self._ways.ask(leg, "https", key)
        return leg, answer

    def close(self) -> None:
        """Nothing is open between two requests."""


class KeptConnections:
    """One connection for each scheme, for as long as it lives: the resolver is asked only where there is none.

    Requests come one after the other. As HTTP clients do, it asks once more on a new connection if the one that it kept
    turns out to be closed; a request that timed out is not asked again.
    """

    def __init__(self, kind: ViewerKind, ways: Ways) -> None:
        self._kind = kind
        self._ways = ways
        self._open: dict[str, _Kept] = {}

    def get(self, key: str) -> tuple[Leg, LegAnswer]:
        """Return what the viewer gets for a key; a redirect to HTTPS is followed, on a connection that is kept too."""
        leg, answer = self._ask(self._kind.scheme, key)
        if answer.status in _REDIRECTS and self._kind.scheme == "http":
            leg, answer = self._ask("https", key)
        return leg, answer

    def close(self) -> None:
        """Close the connections."""
        while self._open:
            self._open.popitem()[1].close()

    def _ask(self, scheme: str, key: str) -> tuple[Leg, LegAnswer]:
        kept = self._open.get(scheme)
        if kept is not None:
            answer = self._over(kept, scheme, key)
            if answer.status or answer.error == TIMED_OUT:
                return kept.leg, answer
        leg = self._ways.resolver.leg()
        if leg not in (DISTRIBUTION, SECONDARY):
            return leg, no_answer("DNS does not answer")
        try:
            opened = self._open[scheme] = _Kept(leg, self._ways.address(leg, scheme))
        except (OSError, http.client.HTTPException) as error:
            return leg, no_answer(why(error))
        return leg, self._over(opened, scheme, key)

    def _over(self, kept: "_Kept", scheme: str, key: str) -> LegAnswer:
        answer = kept.get(key)
        if not kept.usable:
            self._open.pop(scheme).close()
        return answer


class _Kept:
    """An open connection to a leg, of the protocol that it agreed on."""

    def __init__(self, leg: Leg, there: LegAddress) -> None:
        self.leg = leg
        with contextlib.ExitStack() as failing:
            connection = failing.enter_context(there.connected())
            self._protocol = _spoken(there, connection)
            self._stack = failing.pop_all()

    def get(self, key: str) -> LegAnswer:
        return self._protocol.get(key)

    @property
    def usable(self) -> bool:
        return self._protocol.usable

    def close(self) -> None:
        self._stack.close()


def _spoken(there: LegAddress, connection: http.client.HTTPConnection) -> "_Http1 | Http2Connection":
    sock = connection.sock
    if isinstance(sock, ssl.SSLSocket) and sock.selected_alpn_protocol() == "h2":
        return Http2Connection(there, sock)
    return _Http1(there, connection)


class _Http1:
    """An open connection of HTTP/1.1."""

    def __init__(self, there: LegAddress, connection: http.client.HTTPConnection) -> None:
        self._there = there
        self._connection = connection
        self._failed = False

    def get(self, key: str) -> LegAnswer:
        answer = self._there.over(self._connection, key)
        self._failed = not answer.status
        return answer

    @property
    def usable(self) -> bool:
        # http.client has closed its socket where the answer said `Connection: close`.
        return not self._failed and self._connection.sock is not None


class HttpsFirst:
    """A browser that is given an address without a scheme, as Chromium takes it: each visit has a new connection.

    It asks by HTTPS, and by HTTP where HTTPS does not connect, is not answered in time, or has no such page. An error
    of the server is shown as it is.
    """

    def __init__(self, kind: ViewerKind, ways: Ways) -> None:
        self._kind = kind
        self._ways = ways
        self._https_only = False

    def get(self, key: str) -> tuple[Leg, LegAnswer]:
        """Return what the page shows."""
        leg = self._ways.resolver.leg()
        timeout = TIMEOUT if self._https_only else UPGRADE_TIMEOUT
        answer = self._ways.ask(leg, "https", key, timeout)
        if self._kind.remembers_hsts and _HSTS in map(str.lower, answer.headers):
            self._https_only = True
        if self._https_only or answer.status not in (0, 404):
            return leg, answer
        plain = self._ways.ask(leg, "http", key)
        # What sends the browser back has the time that HTTPS takes.
        return leg, self._ways.ask(leg, "https", key) if plain.status in _REDIRECTS else plain

    def close(self) -> None:
        """Nothing is open between two visits."""


_MADE: Mapping[Connects, Callable[[ViewerKind, Ways], Connections]] = {
    Connects.ANEW: NewConnections,
    Connects.KEPT: KeptConnections,
    Connects.HTTPS_FIRST: HttpsFirst,
}


def connections(kind: ViewerKind, ways: Ways) -> Connections:
    """Return what viewers of a kind ask through."""
    return _MADE[kind.connects](kind, ways)
