"""Where DNS leads viewers of a site: asked of the zone's own servers, and of resolvers that the world uses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.resolver

from s3_failover.config import Site
from s3_failover.drill.states import DISTRIBUTION, SECONDARY, UNKNOWN
from s3_failover.operations import deployed
from s3_failover.operations.account import Account
from s3_failover.operations.own_resolver import own_resolver
from s3_failover.operations.status import resolvers
from s3_failover.operations.status.resolvers import Leads

PUBLIC = {"1.1.1.1": "Cloudflare", "8.8.8.8": "Google", "9.9.9.9": "Quad9"}
"""Resolvers that many viewers use."""

TIMEOUT = 3.0
"""Seconds that a server may take to answer."""

TRIES = 3
"""How often a server is asked that does not answer: a packet that was lost is no outage."""

Behind = Callable[[Sequence[str]], str]
"""Tells which leg has some addresses, as `drill.states` spells it."""

_LEGS = {Leads.PRIMARY: DISTRIBUTION, Leads.SECONDARY: SECONDARY}


@dataclass(frozen=True)
class Server:
    """A DNS server: what people call it, and where it answers."""

    name: str
    address: str
    port: int = 53

    def ask(self, name: str) -> dns.message.Message:
        """Return its answer for the address of a name.

        Raises:
            OSError: there is none.
        """
        for left in reversed(range(TRIES)):
            query = dns.message.make_query(name, dns.rdatatype.A)
            try:
                response, _ = dns.query.udp_with_fallback(query, self.address, port=self.port, timeout=TIMEOUT)
            except (dns.exception.DNSException, OSError) as error:
                if not left:
                    raise OSError(f"{self.name} does not answer for {name}: {error}") from error
            else:
                return response
        raise AssertionError


@dataclass(frozen=True)
class Servers:
    """Who is asked: `first` says where DNS leads, `public` follow it when their time to live is up."""

    first: Server
    public: tuple[Server, ...] = ()


@dataclass(frozen=True)
class Targets:
    """The names behind the two records."""

    name: str
    distribution: str
    secondary: str
    is_apex: bool

    def of(self, leg: str) -> str:
        """Return the name of a leg."""
        return self.distribution if leg == DISTRIBUTION else self.secondary


def targets(site: Site, account: Account) -> Targets:
    """Return the names behind a site's records.

    Raises:
        UserError: a stack is missing.
    """
    domain = deployed.edge(site, account)["DistributionDomainName"]
    return Targets(site.failover_name, domain, site.secondary.kind.target(site), site.is_apex)


def servers(site: Site, resolver: dns.resolver.Resolver | None = None) -> Servers:
    """Return who is asked.

    Args:
        site: the site.
        resolver: who alone resolves names where the site is; by default the zone's own servers are looked for, and
            this machine's resolver is asked where they cannot be reached.

    Raises:
        UserError: this machine has no resolver, with which the zone's servers are found, too.
    """
    if resolver is not None:
        return Servers(Server("DNS answer", str(resolver.nameservers[0]), resolver.port))
    public = tuple(Server(f"DNS by {name}", address) for address, name in PUBLIC.items())
    for server in _authoritative(site.hosted_zone.name):
        try:
            server.ask(site.failover_name)
        except OSError:
            continue
        return Servers(server, public)
    own = own_resolver()
    return Servers(Server("DNS answer", str(own.nameservers[0]), own.port), public)


def _authoritative(zone: str) -> Iterator[Server]:
    """Return the zone's servers, as far as this machine's resolver finds them."""
    try:
        for record in dns.resolver.resolve(f"{zone}.", "NS"):
            for address in dns.resolver.resolve(record.target, "A"):
                yield Server("DNS answer", str(address))
    except dns.exception.DNSException:
        return


def leads_to(response: dns.message.Message, where: Targets, behind: Behind) -> str:
    """Return which leg an answer leads to, as `drill.states` spells it.

    Args:
        response: the answer.
        where: the names of the legs.
        behind: tells the leg of addresses; used at a zone's apex, where an alias hides the name behind it.
    """
    names = {
        item.target.to_text(omit_final_dot=True).lower()
        for record in response.answer
        if record.rdtype == dns.rdatatype.CNAME
        for item in record
    }
    for leg in (DISTRIBUTION, SECONDARY):
        if where.of(leg).lower() in names:
            return leg
    if not where.is_apex:
        return UNKNOWN
    return behind([item.address for record in response.answer if record.rdtype == dns.rdatatype.A for item in record])


def by_answers(site: Site, account: Account) -> Behind:
    """Return what tells the leg of addresses from what they answer over HTTP.

    Whose addresses they are nobody else says: a zone's own server knows no names of CloudFront and S3, and what these
    resolve to changes from place to place and from minute to minute.
    """
    return lambda addresses: _LEGS.get(resolvers.behind(site, account, addresses), UNKNOWN)


class Viewpoint:
    """How one DNS server sees a site.

    Args:
        server: the server.
        where: the names of the legs.
        behind: see `leads_to`.
    """

    def __init__(self, server: Server, where: Targets, behind: Behind) -> None:
        self.server = server
        self._where = where
        self._behind = behind

    def leg(self) -> str:
        """Return the leg that the server leads to now; unknown if it does not answer."""
        return self.look()[0]

    def look(self) -> tuple[str, int]:
        """Return the leg that the server leads to now, and for how many seconds its answer may be kept."""
        try:
            response = self.server.ask(self._where.name)
            leg = leads_to(response, self._where, self._behind)
        except OSError:
            return UNKNOWN, 0
        return leg, min((record.ttl for record in response.answer), default=0)


class Cache:
    """What viewers know: the answer, kept for as long as the record allows."""

    def __init__(self, viewpoint: Viewpoint) -> None:
        self._viewpoint = viewpoint
        self._lock = threading.Lock()
        self._leg = UNKNOWN
        self._expires = 0.0

    def leg(self) -> str:
        """Return the leg that viewers take now."""
        with self._lock:
            if self._leg == UNKNOWN or time.monotonic() >= self._expires:
                self._leg, lifetime = self._viewpoint.look()
                self._expires = time.monotonic() + lifetime
            return self._leg
