"""Where DNS leads viewers now: resolvers and the zone's own name servers, each asked directly."""

import functools
import http.client
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from s3_failover.config import Site
from s3_failover.drill.states import Leg
from s3_failover.errors import UserError
from s3_failover.operations import proxies
from s3_failover.operations.account import Account
from s3_failover.operations.own_resolver import own_resolver
from s3_failover.operations.together import together

PATIENCE = 2.0
"""Seconds that a server has for an answer."""

_ALL_PATIENCE = 5.0
_WEB = 80

ALIAS_NAME = "alias-target.breakable-aws.invalid."
"""The TXT record beside an answer by which the embedded DNS tells what an alias record leads to: all its addresses are
the same. Nothing else has this name (RFC 6761, 6.4)."""


@dataclass(frozen=True)
class NameServer:
    """A DNS server to ask.

    It is authoritative if it is one of the zone's own name servers, which have no cache.
    """

    name: str
    address: str
    port: int = 53
    authoritative: bool = False

    def ask(self, name: str, *, tries: int = 1) -> dns.message.Message:
        """Return its answer for the addresses of a name.

        Args:
            name: the name.
            tries: how often it is asked while it does not answer.

        Raises:
            DNSException, OSError: it does not answer.
        """
        while True:
            tries -= 1
            try:
                question = dns.message.make_query(f"{name}.", dns.rdatatype.A)
                return dns.query.udp_with_fallback(question, self.address, timeout=PATIENCE, port=self.port)[0]
            except (dns.exception.DNSException, OSError):
                if tries <= 0:
                    raise


PUBLIC = (
    NameServer("Cloudflare", "1.1.1.1"),
    NameServer("Google", "8.8.8.8"),
    NameServer("Quad9", "9.9.9.9"),
    NameServer("OpenDNS", "208.67.222.222"),
)
"""Public resolvers that many viewers use."""


@dataclass(frozen=True)
class Heard:
    """What a server answered."""

    server: NameServer
    leads: Leg = Leg.UNKNOWN
    names: tuple[str, ...] = ()
    """The names that CNAMEs lead to, one after the other."""
    addresses: tuple[str, ...] = ()
    """The addresses at the end, if it told any."""
    ttl: int | None = None
    """Seconds that the failover record still lives there; None if it did not tell."""
    error: str = ""
    """Why there is no answer, or an empty string."""
    lifetime: int = 0
    """Seconds for which the whole answer may be kept, also that there is none; 0 for a failure."""

    @property
    def failed(self) -> bool:
        """Whether it is no answer that a resolver would keep: silence, or SERVFAIL."""
        return bool(self.error) and not self.lifetime

    @property
    def target(self) -> str:
        """The name or address that it leads to; empty if there is none."""
        known = [name for name in self.names if _is_distribution(name)]
        return (known or list(self.names) or list(self.addresses) or [""])[-1]


def servers(local: dns.resolver.Resolver | None) -> tuple[NameServer, ...]:
    """Return whom to ask: the embedded DNS, or this machine's resolver and the public ones."""
    if local is not None:
        return (NameServer("embedded DNS", str(local.nameservers[0]), local.port, authoritative=True),)
    try:
        own = own_resolver()
    except UserError:
        return PUBLIC
    # Where the network lets no other resolver through, this machine's own answers.
    return (NameServer("this machine", str(own.nameservers[0]), own.port), *PUBLIC)


def look(site: Site, account: Account, asked: Sequence[NameServer]) -> tuple[Heard, ...]:
    """Return what every server says, the authoritative ones first.

    The account tells where an address is, for a zone's apex, whose addresses alone do not tell what they belong to. The
    zone's name servers are found through `asked`, unless one of them is authoritative itself.
    """
    first = {server.name: functools.partial(ask, server, site, account) for server in asked}
    if any(server.authoritative for server in asked):
        return _all(first, asked)
    more = authoritative(site.hosted_zone.name, asked)
    second = {server.name: functools.partial(ask, server, site, account) for server in more}
    return _all({**second, **first}, [*more, *asked])


def authoritative(zone: str, asked: Sequence[NameServer]) -> tuple[NameServer, ...]:
    """Return a zone's name servers, as the first resolver that knows them says; none if no resolver knows."""
    found = together(
        {server.name: functools.partial(_name_servers, server, zone) for server in asked}, seconds=_ALL_PATIENCE
    )
    return next((told for told in found.values() if isinstance(told, tuple) and told), ())


def _name_servers(server: NameServer, zone: str) -> tuple[NameServer, ...]:
    try:
        names = [str(each.target).rstrip(".") for each in _resolver(server).resolve(f"{zone}.", "NS")]
        return tuple(NameServer(name, _address(server, name), authoritative=True) for name in sorted(names))
    except dns.exception.DNSException:
        return ()


def _resolver(server: NameServer) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [server.address], server.port
    resolver.lifetime = PATIENCE
    return resolver


def _address(server: NameServer, name: str) -> str:
    return str(next(iter(_resolver(server).resolve(f"{name}.", "A"))))


def _all(looks: Mapping[str, Callable[[], Heard]], asked: Sequence[NameServer]) -> tuple[Heard, ...]:
    found = together(looks, seconds=_ALL_PATIENCE)
    return tuple(
        seen if isinstance(seen := found[server.name], Heard) else Heard(server, error=str(seen)) for server in asked
    )


def ask(server: NameServer, site: Site, account: Account, *, distribution: str = "", tries: int = 1) -> Heard:
    """Return what a server says now; never raises because of the network.

    Args:
        server: the server; one of the zone's is asked for the records, a resolver for the hostname.
        site: the site.
        account: where an address is.
        distribution: the name of the site's distribution; by default any is taken for it.
        tries: how often a server is asked that does not answer.
    """
    try:
        answer = server.ask(site.failover_name if server.authoritative else site.hostname, tries=tries)
    except (dns.exception.DNSException, OSError) as error:
        return Heard(server, error=f"does not answer ({_said(error)})")
    if answer.rcode() != dns.rcode.NOERROR:
        # A resolver's REFUSED is about the client, whatever the name; a zone's name server refuses all, viewers too.
        refused = answer.rcode() == dns.rcode.REFUSED and not server.authoritative
        leads = Leg.UNKNOWN if refused else Leg.ELSEWHERE
        return Heard(server, leads, error=f"answers {dns.rcode.to_text(answer.rcode())}", lifetime=_lifetime(answer))
    return heard(server, site, answer, account, distribution=distribution)


def _said(error: Exception) -> str:
    return "timed out" if isinstance(error, dns.exception.Timeout) else str(error) or type(error).__name__


def heard(
    server: NameServer, site: Site, answer: dns.message.Message, account: Account, *, distribution: str = ""
) -> Heard:
    """Return what an answer says."""
    asked = answer.question[0].name if answer.question else dns.name.from_text(site.hostname)
    chain = _chain(answer, asked)
    names = [_text(records[0].target) for records in chain if records.rdtype == dns.rdatatype.CNAME]
    addresses = [str(each) for records in chain if records.rdtype == dns.rdatatype.A for each in records]
    ttl = next((records.ttl for records in chain if _text(records.name) == site.failover_name), None)
    names += _behind_alias(answer)
    leads = leads_to(site, names, distribution) if names else behind(site, account, addresses)
    error = "" if names or addresses else "has no such name"
    return Heard(server, leads, tuple(names), tuple(addresses), ttl, error, _lifetime(answer))


def _chain(answer: dns.message.Message, owner: dns.name.Name) -> list[dns.rrset.RRset]:
    """Return the CNAMEs and addresses that the name that was asked for leads to; what is about others is no answer."""
    chain = list[dns.rrset.RRset]()
    for _ in answer.answer:
        own = [records for records in answer.answer if records.name == owner and records not in chain]
        found = next((records for records in own if records.rdtype == dns.rdatatype.CNAME), None)
        if found is None:
            return chain + [records for records in own if records.rdtype == dns.rdatatype.A]
        chain.append(found)
        owner = found[0].target
    return chain


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _lifetime(answer: dns.message.Message) -> int:
    """Return for how many seconds an answer may be kept; one that denies, as its zone's SOA says (RFC 2308, 5)."""
    denied = [
        min(records.ttl, records[0].minimum) for records in answer.authority if records.rdtype == dns.rdatatype.SOA
    ]
    return min((*(records.ttl for records in answer.answer), *denied), default=0)


def _behind_alias(answer: dns.message.Message) -> list[str]:
    told = [records for records in answer.additional if records.name.to_text() == ALIAS_NAME]
    return [records[0].strings[0].decode().rstrip(".").lower() for records in told]


def leads_to(site: Site, names: Sequence[str], distribution: str = "") -> Leg:
    """Return where a chain of names leads, by the names alone: no API of AWS takes part.

    The names are in lower case; without `distribution` any is taken for the site's.
    """
    if any(site.secondary.kind.is_named(site, name) for name in names):
        return Leg.SECONDARY
    is_there = distribution.lower() in names if distribution else any(map(_is_distribution, names))
    return Leg.DISTRIBUTION if is_there else Leg.ELSEWHERE


def _is_distribution(name: str) -> bool:
    return name.endswith(".cloudfront.net")


def behind(site: Site, account: Account, addresses: Sequence[str]) -> Leg:
    """Tell from how an address answers what it belongs to: alias records at an apex tell no names."""
    if not addresses:
        return Leg.ELSEWHERE
    where, port = account.reach(addresses[0], _WEB)
    try:
        with proxies.connected(where, port, None, site.hostname, PATIENCE) as connection:
            connection.request("HEAD", f"/{site.health_key}", headers={"Host": site.hostname})
            answer = connection.getresponse()
    except (OSError, http.client.HTTPException):
        return Leg.UNKNOWN
    # CloudFront adds its request id to every answer (CloudFront Developer Guide, RequestAndResponseBehaviorS3Origin).
    if answer.getheader("X-Amz-Cf-Id"):
        return Leg.DISTRIBUTION
    return Leg.SECONDARY if answer.getheader("Server") == "AmazonS3" else Leg.UNKNOWN
