"""Where DNS leads viewers of a site: asked of the zone's own servers, and of resolvers that the world uses."""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import dns.exception
import dns.resolver

from s3_failover.config import Site
from s3_failover.drill.kinds import STALE_TTL, Connects, ViewerKind
from s3_failover.drill.states import DISTRIBUTION, UNKNOWN, Leg
from s3_failover.names.stacks import Output
from s3_failover.operations import resolvers
from s3_failover.operations.account import Account
from s3_failover.operations.clock import Clock
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.resolvers import Heard, NameServer

TRIES = 3
"""How often a server is asked that does not answer: a packet that was lost is no outage."""

_NAME = "DNS answer"


@dataclass(frozen=True)
class Servers:
    """Who is asked: `first` says where DNS leads, `public` follow it when their time to live is up."""

    first: NameServer
    public: tuple[NameServer, ...] = ()


@dataclass(frozen=True)
class Targets:
    """The names behind the two records."""

    distribution: str
    secondary: str

    def of(self, leg: Leg) -> str:
        """Return the name of a leg."""
        return self.distribution if leg is DISTRIBUTION else self.secondary


def targets(site: Site, account: Account) -> Targets:
    """Return the names behind a site's records."""
    distribution = Deployment(site, account).outputs()[Output.DISTRIBUTION_DOMAIN_NAME]
    return Targets(distribution, site.secondary.kind.target(site))


def servers(site: Site, resolver: dns.resolver.Resolver | None = None) -> Servers:
    """Return who is asked.

    `resolver` alone resolves names where the site is; by default the zone's own servers are looked for, and this
    machine's resolver, or where it has none a public one, is asked where they cannot be reached.
    """
    if resolver is not None:
        return Servers(NameServer(_NAME, str(resolver.nameservers[0]), resolver.port))
    asked = resolvers.servers(None)
    public = tuple(replace(server, name=f"DNS by {server.name}") for server in resolvers.PUBLIC)
    own = resolvers.authoritative(site.hosted_zone.name, asked)
    first = next((server for server in own if _answers(server, site)), asked[0])
    return Servers(replace(first, name=_NAME), public)


def _answers(server: NameServer, site: Site) -> bool:
    try:
        server.ask(site.failover_name, tries=TRIES)
    except (dns.exception.DNSException, OSError):
        return False
    return True


@dataclass(frozen=True)
class Viewpoint:
    """How one DNS server sees a site.

    The account tells where an address is, at a zone's apex, whose alias hides the name behind it.
    """

    server: NameServer
    site: Site
    account: Account
    where: Targets

    def look(self) -> Heard:
        """Return what the server says now: the leg it leads to, and for how many seconds that may be kept."""
        return resolvers.ask(self.server, self.site, self.account, distribution=self.where.distribution, tries=TRIES)


class Resolver(Protocol):
    """What tells a viewer where to connect."""

    def leg(self) -> Leg:
        """Return the leg that the viewer takes now."""


class Cache:
    """A viewer's resolver: it keeps an answer for as long as the record allows, whatever happens meanwhile.

    That a name does not exist is an answer, too. A failure, as SERVFAIL, is not kept: the next viewer asks again (RFC
    9520, 3.2, asks for a second). `floor` is for how many seconds it keeps every answer, at least; `left` is the share
    of its time that its first answer has left, as one has that others asked for before.
    """

    def __init__(self, viewpoint: Viewpoint, clock: Clock, *, floor: float = 0, left: float = 1) -> None:
        self._viewpoint = viewpoint
        self._clock = clock
        self._floor = floor
        self._left = left
        self._lock = threading.Lock()
        self._leg = UNKNOWN
        self._expires = 0.0

    def leg(self) -> Leg:
        """Return the leg that viewers take now."""
        with self._lock:
            now = self._clock.now()
            if self._leg is UNKNOWN or now >= self._expires:
                self._renew(now)
            return self._leg

    def _renew(self, now: float) -> None:
        heard = self._viewpoint.look()
        self._leg, self._expires = heard.leads, now
        if not heard.failed:
            self._expires += max(heard.lifetime, self._floor) * self._left
            self._left = 1


class StaleCache(Cache):
    """A resolver that gives an answer once more whose time is up, and asks meanwhile (RFC 8767).

    An answer that does not come leaves the old one in use.
    """

    _fresh = (UNKNOWN, 0.0)

    def _renew(self, now: float) -> None:
        leg, expires = self._fresh
        if self._leg is UNKNOWN:
            super()._renew(now)
            return
        if leg is not UNKNOWN:
            self._leg, self._expires, self._fresh = leg, expires, (UNKNOWN, 0.0)
        if now >= self._expires:
            heard = self._viewpoint.look()
            self._fresh = (UNKNOWN if heard.failed else heard.leads, now + heard.lifetime)
            self._expires = now + STALE_TTL


RESOLVERS = 6
"""How many resolvers viewers of a kind are behind that connects anew."""


class Resolvers:
    """Several resolvers, which viewers are behind in turn.

    Each has asked at another time, so their answers end one after the other: with a single one, it would be chance
    whether an outage meets an answer that is new or one that is about to end.
    """

    def __init__(self, each: Sequence[Resolver]) -> None:
        self.each = each
        self._turns = itertools.cycle(each)
        self._lock = threading.Lock()

    def leg(self) -> Leg:
        """Return the leg that the next viewer takes now."""
        with self._lock:
            turn = next(self._turns)
        return turn.leg()


def resolvers_of(kind: ViewerKind, viewpoint: Viewpoint, clock: Clock) -> Resolvers:
    """Return the resolvers that viewers of a kind are behind."""
    made = StaleCache if kind.serves_stale else Cache
    # Who keeps a connection is one viewer, who stays behind one resolver.
    count = 1 if kind.connects is Connects.KEPT else RESOLVERS
    left = [number / count for number in range(1, count + 1)]
    return Resolvers([made(viewpoint, clock, floor=kind.ttl_floor, left=share) for share in left])
