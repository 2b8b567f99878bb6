"""Resolvers between viewers and the deployed sites, through an outage and back: each follows within the TTL."""

import contextlib
import time
from dataclasses import dataclass, field

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import leg_addresses
import parts
import pytest
import resolvers
from leg_addresses import CDN, S3

from breakable_aws import faults

pytestmark = [pytest.mark.embedded, pytest.mark.long]

REGION = "eu-west-1"
TTL = {"plain.example.com": 20, "example.com": 60}
"""The TTLs of the hostnames' records; an alias has its target's."""
LONGEST = 60
"""The TTL of the addresses behind them."""
MARGIN = 20
"""Seconds that a busy machine may take."""
PATIENCE = 180
ALLOWED = {
    ("plain.example.com", "A"): {CDN, S3},
    ("plain.example.com", "AAAA"): {f"::ffff:{CDN}", ""},
    ("example.com", "A"): {CDN, S3},
    ("example.com", "AAAA"): {""},
}
"""The addresses that are answered: S3's websites have none of IPv6, and the site at the apex has no record for it."""
LIBRARY = "dnspython, with a cache"


@dataclass(frozen=True)
class Seen:
    at: float
    name: str
    kind: str
    rcode: str
    address: str


@dataclass
class Server:
    """A server of DNS, asked for the hostnames every second, and what it answered."""

    ask: callable
    seen: list[Seen] = field(default_factory=list)

    def look(self):
        for name, kind in ALLOWED:
            rcode, address = self.ask(name, kind)
            self.seen.append(Seen(time.monotonic(), name, kind, rcode, address))

    def leg(self, name):
        """The address that a name had last."""
        return next((each.address for each in reversed(self.seen) if (each.name, each.kind) == (name, "A")), None)

    def moved(self, name, address, since):
        """When a name had another address first, after a time."""
        found = (each.at for each in self.seen if each.at >= since and each.name == name and each.address == address)
        return next(found, None)


def by_udp(port):
    def ask(name, kind):
        query = dns.message.make_query(name, kind)
        try:
            found, _ = dns.query.udp_with_fallback(query, "127.0.0.1", port=port, timeout=20)
        except (dns.exception.DNSException, OSError) as error:
            return type(error).__name__, ""
        addresses = [r.to_text() for each in found.answer if each.rdtype == dns.rdatatype.from_text(kind) for r in each]
        return dns.rcode.to_text(found.rcode()), " ".join(addresses)

    return ask


def by_library(port):
    """The resolver of a Python program, which keeps what it was answered."""
    library = dns.resolver.Resolver(configure=False)
    library.nameservers, library.port, library.cache = ["127.0.0.1"], port, dns.resolver.LRUCache()

    def ask(name, kind):
        try:
            found = library.resolve(name, kind, raise_on_no_answer=False, lifetime=20)
        except dns.exception.DNSException as error:
            return type(error).__name__, ""
        return "NOERROR", " ".join(each.to_text() for each in found)

    return ask


@dataclass
class Outage:
    """What an outage looked like to each server: when DNS moved and moved back, from when on, and all answers."""

    servers: dict[str, Server]
    authority: Server
    broken: float = 0.0
    healed: float = 0.0

    def delay(self, server, name, address):
        """Seconds from the move of the authority to that of a server, and None if it did not move."""
        since = self.broken if address == S3 else self.healed
        found = self.servers[server].moved(name, address, since)
        return None if found is None else max(found - self.authority.moved(name, address, since), 0.0)


@pytest.fixture(scope="module")
def outage(aws, sites, tmp_path_factory):
    """S3 of the primary region lost and healed, with every resolver that is installed asked meanwhile."""
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(leg_addresses.relay(aws.emulator.dns_port))
        servers = {LIBRARY: Server(by_library(upstream))}
        for number, name in enumerate(resolvers.RESOLVERS):
            if resolvers.installed(name):
                folder = tmp_path_factory.mktemp(f"resolver-{number}")
                servers[name] = Server(by_udp(stack.enter_context(resolvers.running(name, folder, upstream))))
        found = Outage(servers, Server(by_udp(upstream)))
        stack.enter_context(parts.repeated(*(each.look for each in (found.authority, *servers.values()))))
        reach(found, CDN)
        broken = stack.enter_context(contextlib.closing(Fault(aws.emulator)))
        found.broken = broken.began
        reach(found, S3)
        found.healed = broken.close()
        reach(found, CDN)
    report(found)
    return found


class Fault:
    """S3 of the primary region refuses connections, until it is closed."""

    def __init__(self, emulator):
        self._emulator = emulator
        self.began = time.monotonic()
        faults.break_(emulator, "s3-refuse", region=REGION)

    def close(self):
        healed = time.monotonic()
        faults.heal(self._emulator)
        return healed


def reach(outage, address):
    """Wait until every server leads to a leg, or the patience of this test ends: a server that did not is the finding."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if all(each.leg(name) == address for each in (outage.authority, *outage.servers.values()) for name in TTL):
            return
        time.sleep(0.5)


def report(outage):
    rows = []
    for server, found in outage.servers.items():
        failed = sum(each.rcode != "NOERROR" for each in found.seen)
        delays = [outage.delay(server, name, address) for name in TTL for address in (S3, CDN)]
        rows.append((server, len(found.seen), failed, *delays))
    parts.table(
        "resolvers", ("resolver", "answers", "failed", *(f"{n} {w}" for n in TTL for w in ("away", "back"))), rows
    )


@pytest.fixture(params=[*resolvers.RESOLVERS, LIBRARY])
def server(request, outage):
    if request.param not in outage.servers:
        resolvers.require(request.param)
    return request.param


def test_six_resolvers_take_part(outage):
    if missing := [name for name in resolvers.RESOLVERS if name not in outage.servers]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    assert len(outage.servers) >= 6


def test_a_resolver_answers_every_question_of_the_outage(server, outage):
    seen = outage.servers[server].seen
    assert [each for each in seen if each.rcode != "NOERROR" or each.address not in ALLOWED[each.name, each.kind]] == []


@pytest.mark.parametrize("name", TTL)
@pytest.mark.parametrize("address", [S3, CDN], ids=["away", "back"])
def test_a_resolver_follows_within_the_ttl(server, name, address, outage):
    limit = TTL[name] if server in (LIBRARY, *resolvers.HONOURING) else LONGEST
    delay = outage.delay(server, name, address)
    assert delay is not None
    assert delay <= limit + MARGIN
