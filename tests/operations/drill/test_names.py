"""Where a DNS answer leads."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.exception
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from serving import serving
from sites import site

from breakable_aws.route53.answers import Record, Reply
from breakable_aws.route53.dns_server import DnsServer
from s3_failover.drill.kinds import KINDS
from s3_failover.drill.states import DISTRIBUTION, SECONDARY, UNKNOWN, Leg
from s3_failover.operations import resolvers
from s3_failover.operations.account import Account
from s3_failover.operations.drill import names
from s3_failover.operations.drill.names import Cache, StaleCache, Targets, Viewpoint
from s3_failover.operations.resolvers import NameServer

WHERE = Targets("d1.cloudfront.net", "www.example.com.s3-website.eu-central-1.amazonaws.com")
SITE = site(hostname="www.example.com")
APEX = site(hostname="example.com")


class Nowhere:
    """An account that nothing should be asked of."""


def response(*records, name="www.example.com"):
    answer = dns.message.make_response(dns.message.make_query(name, "A"))
    answer.answer = [dns.rrset.from_text(owner, ttl, "IN", kind, value) for owner, ttl, kind, value in records]
    return answer


def leads(answer, account=Nowhere, drilled=SITE):
    return resolvers.heard(None, drilled, answer, account, distribution=WHERE.distribution).leads


@pytest.mark.parametrize(
    ("target", "leg"),
    [
        ("d1.cloudfront.net.", DISTRIBUTION),
        ("D1.CloudFront.net.", DISTRIBUTION),
        ("www.example.com.s3-website.eu-central-1.amazonaws.com.", SECONDARY),
        ("d2.cloudfront.net.", Leg.ELSEWHERE),
    ],
)
def test_a_cname_leads_to_the_leg_that_it_names_and_to_no_other(target, leg):
    assert leads(response(("www.example.com.", 60, "CNAME", target))) is leg


def test_what_an_answer_says_of_other_names_leads_nowhere():
    forged = response(
        ("other.example.com.", 60, "CNAME", "d1.cloudfront.net."), ("other.example.com.", 60, "A", "192.0.2.1")
    )
    found = resolvers.heard(None, SITE, forged, Nowhere, distribution=WHERE.distribution)
    assert (found.leads, found.names, found.addresses, found.error) == (Leg.ELSEWHERE, (), (), "has no such name")


def test_a_chain_that_goes_round_ends():
    ring = response(("www.example.com.", 60, "CNAME", "a.example."), ("a.example.", 60, "CNAME", "www.example.com."))
    assert resolvers.heard(None, SITE, ring, Nowhere).leads is Leg.ELSEWHERE


def other_id(answer, _name):
    answer.id ^= 1


def other_question(answer, _name):
    answer.question = dns.message.make_query("other.example.com", "A").question


def other_owner(answer, _name):
    answer.answer = [dns.rrset.from_text("other.example.com.", 60, "IN", "CNAME", WHERE.distribution + ".")]


def foreign_target(answer, name):
    answer.answer = [dns.rrset.from_text(name, 60, "IN", "CNAME", "www.attacker.example.")]


@pytest.mark.parametrize(
    ("lie", "leg", "error"),
    [
        (other_id, UNKNOWN, "does not answer (A DNS query response does not respond to the question asked.)"),
        (other_question, UNKNOWN, "does not answer (A DNS query response does not respond to the question asked.)"),
        (other_owner, Leg.ELSEWHERE, "has no such name"),
        (foreign_target, Leg.ELSEWHERE, ""),
    ],
)
def test_a_resolver_that_lies_does_not_lead_a_drill_to_a_leg(lie, leg, error):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        threading.Thread(target=tell_lies, args=(server, lie), daemon=True).start()
        asked = NameServer("liar", *server.getsockname())
        found = Viewpoint(asked, SITE, Nowhere, WHERE).look()
    assert (found.leads, found.error) == (leg, error)


def test_addresses_of_others_are_not_taken_for_a_leg():
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Cloud)) as elsewhere:
        account = Account("123456789012", None, reach=lambda name, port: ("127.0.0.1", elsewhere.server_port))
        foreign = response(("www.example.com.", 60, "A", "192.0.2.66"))
        found = resolvers.heard(None, SITE, foreign, account, distribution=WHERE.distribution)
    assert (found.leads, found.target) == (UNKNOWN, "192.0.2.66")


def tell_lies(server, lie):
    """Answer as many questions as a drill asks, each with the same lie."""
    with contextlib.suppress(OSError):
        for _ in range(names.TRIES):
            wire, client = server.recvfrom(4096)
            question = dns.message.from_wire(wire)
            answer = dns.message.make_response(question)
            lie(answer, question.question[0].name.to_text())
            server.sendto(answer.to_wire(), client)


def test_a_chain_of_cnames_leads_to_the_leg_in_it_and_lives_as_long_as_its_shortest_link():
    chain = response(
        ("www.example.com.", 300, "CNAME", "www.zone.example.net."),
        ("www.zone.example.net.", 60, "CNAME", "d1.cloudfront.net."),
        ("d1.cloudfront.net.", 90, "A", "192.0.2.1"),
    )
    found = resolvers.heard(None, SITE, chain, Nowhere)
    assert (found.leads, found.lifetime) == (DISTRIBUTION, 60)


@pytest.mark.parametrize(
    ("alias", "leg"),
    [("d1.cloudfront.net.", DISTRIBUTION), ("s3-website.eu-central-1.amazonaws.com.", SECONDARY)],
)
def test_an_alias_leads_to_the_name_that_the_embedded_dns_tells_beside_the_address(alias, leg):
    served = DnsServer(lambda name, kind: Reply(answer=[Record("example.com.", "A", 60, "127.0.0.1")], alias=alias))
    wire = dns.message.make_query("example.com", "A").to_wire()
    answer = dns.message.from_wire(served.respond(wire, udp=True))
    assert leads(answer, drilled=APEX) is leg


class Cloud(BaseHTTPRequestHandler):
    """A server that answers with a header by which one knows whose it is."""

    header = ("Server", "nginx")

    def do_HEAD(self):
        self.send_response_only(403)
        self.send_header(*self.header)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("header", "leg"),
    [
        (("X-Amz-Cf-Id", "a=="), DISTRIBUTION),
        (("Server", "AmazonS3"), SECONDARY),
        (("Server", "nginx"), UNKNOWN),
    ],
)
def test_at_an_apex_what_the_address_answers_tells_the_leg(header, leg):
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Cloud,), {"header": header}))) as server:
        there = Account("123456789012", None, reach=lambda name, port: (name, server.server_port))
        answer = response(("example.com.", 60, "A", "127.0.0.1"), name="example.com")
        assert leads(answer, there, APEX) is leg


class Answers:
    """A server that gives each of its answers once."""

    def __init__(self, *answers):
        self.left = list(answers)

    def ask(self, name, *, tries):
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    authoritative = True


class Clock:
    now_is = 1000.0

    def now(self):
        return self.now_is


def leading(leg, ttl):
    return response(("www.example.com.", ttl, "CNAME", f"{WHERE.of(leg)}."))


def cached(clock, *answers):
    return Cache(Viewpoint(Answers(*answers), SITE, Nowhere, WHERE), clock)


def test_viewers_keep_an_answer_for_its_time_to_live():
    clock = Clock()
    cache = cached(clock, leading(DISTRIBUTION, 60), leading(SECONDARY, 60))
    seen = []
    for at in (0, 59, 60):
        clock.now_is = 1000.0 + at
        seen.append(cache.leg())
    assert seen == [DISTRIBUTION, DISTRIBUTION, SECONDARY]


def test_viewers_ask_again_at_once_where_nothing_answered():
    cache = cached(Clock(), OSError("silence"), leading(SECONDARY, 60))
    assert [cache.leg(), cache.leg()] == [UNKNOWN, SECONDARY]


def seen_at(cache, clock, *times):
    found = []
    for at in times:
        clock.now_is = 1000.0 + at
        found.append(cache.leg())
    return found


def test_a_resolver_with_a_floor_keeps_an_answer_for_that_long():
    clock = Clock()
    viewpoint = Viewpoint(Answers(leading(DISTRIBUTION, 60), leading(SECONDARY, 60)), SITE, Nowhere, WHERE)
    cache = Cache(viewpoint, clock, floor=300)
    assert seen_at(cache, clock, 0, 299, 300) == [DISTRIBUTION, DISTRIBUTION, SECONDARY]


def stale(*answers):
    clock = Clock()
    return StaleCache(Viewpoint(Answers(*answers), SITE, Nowhere, WHERE), clock), clock


def test_a_resolver_that_serves_stale_gives_an_old_answer_once_more_and_then_the_one_that_it_has_got_meanwhile():
    cache, clock = stale(leading(DISTRIBUTION, 60), leading(SECONDARY, 60), leading(DISTRIBUTION, 60))
    assert seen_at(cache, clock, 0, 59, 60, 89) == [DISTRIBUTION] * 4
    # What was got at 60 lives until 120, and is served once more until 150.
    assert seen_at(cache, clock, 90, 119, 120, 149, 150) == [*[SECONDARY] * 4, DISTRIBUTION]


def test_an_answer_that_lives_shorter_than_a_stale_one_is_stale_when_its_turn_comes():
    cache, clock = stale(*(leading(leg, 5) for leg in (DISTRIBUTION, SECONDARY, DISTRIBUTION, DISTRIBUTION)))
    assert seen_at(cache, clock, 0, 5, 34, 35, 64, 65) == [*[DISTRIBUTION] * 3, SECONDARY, SECONDARY, DISTRIBUTION]


def test_a_resolver_that_serves_stale_goes_on_where_nothing_answers():
    silence = [OSError("silence")] * 2
    cache, clock = stale(leading(DISTRIBUTION, 60), *silence, leading(SECONDARY, 60))
    assert seen_at(cache, clock, 0, 60, 90, 119, 120, 150) == [*[DISTRIBUTION] * 5, SECONDARY]


def denied(code, *authority):
    answer = response()
    answer.set_rcode(dns.rcode.from_text(code))
    answer.authority = [dns.rrset.from_text("example.com.", *soa) for soa in authority]
    return answer


FAILURE = denied("SERVFAIL")
NO_NAME = denied("NXDOMAIN", (900, "IN", "SOA", "ns-1.example.com. hostmaster.example.com. 1 7200 900 1209600 60"))


def with_floor(*answers):
    clock = Clock()
    return Cache(Viewpoint(Answers(*answers), SITE, Nowhere, WHERE), clock, floor=300), clock


def test_a_failure_is_kept_by_no_resolver():
    cache, clock = with_floor(FAILURE, leading(DISTRIBUTION, 60))
    assert seen_at(cache, clock, 0, 1) == [Leg.ELSEWHERE, DISTRIBUTION]
    cache, clock = stale(leading(DISTRIBUTION, 60), FAILURE, FAILURE, leading(SECONDARY, 60))
    assert seen_at(cache, clock, 0, 60, 90, 120, 150) == [*[DISTRIBUTION] * 4, SECONDARY]


def test_that_a_name_does_not_exist_is_kept_for_as_long_as_its_zone_says():
    clock = Clock()
    assert seen_at(cached(clock, NO_NAME, leading(SECONDARY, 60)), clock, 0, 59, 60) == [
        *[Leg.ELSEWHERE] * 2,
        SECONDARY,
    ]
    cache, clock = with_floor(NO_NAME, leading(SECONDARY, 60))
    assert seen_at(cache, clock, 0, 299, 300) == [*[Leg.ELSEWHERE] * 2, SECONDARY]
    cache, clock = stale(leading(DISTRIBUTION, 60), NO_NAME, leading(SECONDARY, 60))
    seen = seen_at(cache, clock, 0, 60, 90, 120, 150)
    assert seen == [*[DISTRIBUTION] * 2, *[Leg.ELSEWHERE] * 2, SECONDARY]


def test_each_kind_of_viewers_has_its_resolver():
    made = {kind.name: names.resolvers_of(kind, None, None).each for kind in KINDS}
    assert all(len({isinstance(each, StaleCache) for each in caches}) == 1 for caches in made.values())
    assert [name for name, (first, *_) in made.items() if isinstance(first, StaleCache)] == ["serve-stale"]
    assert {name: each._floor for name, caches in made.items() for each in caches if each._floor} == {"ttl-floor": 300}


def test_who_keeps_a_connection_stays_behind_one_resolver():
    count = {kind.name: len(names.resolvers_of(kind, None, None).each) for kind in KINDS}
    assert {name for name, number in count.items() if number == 1} == {"kept-http", "kept-https", "kept-http2"}
    assert set(count.values()) == {1, names.RESOLVERS}


def test_the_resolvers_of_a_kind_ask_again_one_after_the_other():
    clock, [kind] = Clock(), [each for each in KINDS if each.name == "http"]
    answers = [leading(DISTRIBUTION, 60)] * names.RESOLVERS + [leading(SECONDARY, 60)] * names.RESOLVERS
    found = names.resolvers_of(kind, Viewpoint(Answers(*answers), SITE, Nowhere, WHERE), clock)

    def moved(at):
        clock.now_is = 1000.0 + at
        return [found.leg() for _ in range(names.RESOLVERS)].count(SECONDARY)

    assert [moved(at) for at in (0, 9, 10, 35, 59, 60)] == [0, 0, 1, 3, 5, 6]


def test_a_resolver_whose_first_answer_is_a_failure_has_part_of_the_next_one_left():
    clock = Clock()
    there = Viewpoint(Answers(FAILURE, leading(DISTRIBUTION, 60), leading(SECONDARY, 60)), SITE, Nowhere, WHERE)
    cache = Cache(there, clock, left=0.5)
    assert seen_at(cache, clock, 0, 1, 30, 31) == [Leg.ELSEWHERE, DISTRIBUTION, DISTRIBUTION, SECONDARY]


def test_a_resolver_that_is_given_is_the_only_one_that_is_asked():
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 5353
    assert names.servers(None, resolver) == names.Servers(NameServer("DNS answer", "127.0.0.1", 5353))


def test_a_packet_that_was_lost_is_no_outage(monkeypatch):
    answers = [dns.exception.Timeout(), OSError("network is unreachable"), (leading(SECONDARY, 60), False)]

    def asked(*_, **__):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(resolvers.dns.query, "udp_with_fallback", asked)
    viewpoint = Viewpoint(NameServer("DNS answer", "192.0.2.1"), SITE, Nowhere, WHERE)
    assert viewpoint.look().leads is SECONDARY
    answers += [dns.exception.Timeout()] * names.TRIES
    assert viewpoint.look().leads is UNKNOWN
