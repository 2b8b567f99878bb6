"""Where a DNS answer leads."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.message
import dns.rrset
import pytest
from serving import serving
from sites import site

from s3_failover.drill.states import DISTRIBUTION, SECONDARY, UNKNOWN
from s3_failover.operations.account import Account
from s3_failover.operations.drill import names
from s3_failover.operations.drill.names import Cache, Server, Targets, Viewpoint, by_answers, leads_to

WHERE = Targets("www.example.com", "d1.cloudfront.net", "www.example.com.s3-website.eu-central-1.amazonaws.com", False)
APEX = Targets("example.com", "d1.cloudfront.net", "example.com.s3-website.eu-central-1.amazonaws.com", True)


def nowhere(_):
    """Tell of addresses nothing: nobody should ask."""
    raise AssertionError


def response(*records, name="www.example.com"):
    answer = dns.message.make_response(dns.message.make_query(name, "A"))
    answer.answer = [dns.rrset.from_text(owner, ttl, "IN", kind, value) for owner, ttl, kind, value in records]
    return answer


@pytest.mark.parametrize(
    ("target", "leg"),
    [
        ("d1.cloudfront.net.", DISTRIBUTION),
        ("D1.CloudFront.net.", DISTRIBUTION),
        ("www.example.com.s3-website.eu-central-1.amazonaws.com.", SECONDARY),
        ("d2.cloudfront.net.", UNKNOWN),
    ],
)
def test_a_cname_leads_to_the_leg_that_it_names_and_to_no_other(target, leg):
    assert leads_to(response(("www.example.com.", 60, "CNAME", target)), WHERE, nowhere) == leg


def test_a_chain_of_cnames_leads_to_the_leg_in_it():
    chain = response(
        ("www.example.com.", 300, "CNAME", "www.zone.example.net."),
        ("www.zone.example.net.", 60, "CNAME", "d1.cloudfront.net."),
        ("d1.cloudfront.net.", 60, "A", "192.0.2.1"),
    )
    assert leads_to(chain, WHERE, nowhere) == DISTRIBUTION


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
    [(("X-Amz-Cf-Id", "a=="), DISTRIBUTION), (("Server", "AmazonS3"), SECONDARY), (("Server", "nginx"), UNKNOWN)],
)
def test_at_an_apex_what_the_address_answers_tells_the_leg(header, leg):
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Cloud,), {"header": header}))) as server:
        there = Account("123456789012", None, reach=lambda name, port: (name, server.server_port))
        answer = response(("example.com.", 60, "A", "127.0.0.1"), name="example.com")
        assert leads_to(answer, APEX, by_answers(site(), there)) == leg


def test_addresses_without_a_name_tell_nothing_below_an_apex():
    assert leads_to(response(("www.example.com.", 60, "A", "18.244.1.9")), WHERE, nowhere) == UNKNOWN


class Answers:
    """A server that gives each of its answers once."""

    def __init__(self, *answers):
        self.left = list(answers)

    def ask(self, name):
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def leading(leg, ttl):
    return response(("www.example.com.", ttl, "CNAME", f"{WHERE.of(leg)}."))


def test_viewers_keep_an_answer_for_its_time_to_live(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(names.time, "monotonic", lambda: now[0])
    cache = Cache(Viewpoint(Answers(leading(DISTRIBUTION, 60), leading(SECONDARY, 60)), WHERE, nowhere))
    seen = []
    for at in (0, 59, 60):
        now[0] = at
        seen.append(cache.leg())
    assert seen == [DISTRIBUTION, DISTRIBUTION, SECONDARY]


def test_viewers_ask_again_at_once_where_nobody_answered():
    cache = Cache(Viewpoint(Answers(OSError("silence"), leading(SECONDARY, 60)), WHERE, nowhere))
    assert [cache.leg(), cache.leg()] == [UNKNOWN, SECONDARY]


def test_a_resolver_that_is_given_is_the_only_one_that_is_asked():
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 5353
    assert names.servers(None, resolver) == names.Servers(Server("DNS answer", "127.0.0.1", 5353))


def test_a_packet_that_was_lost_is_no_outage(monkeypatch):
    answers = [dns.exception.Timeout(), OSError("network is unreachable"), (leading(SECONDARY, 60), False)]

    def asked(*_, **__):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(names.dns.query, "udp_with_fallback", asked)
    viewpoint = Viewpoint(Server("DNS answer", "192.0.2.1"), WHERE, nowhere)
    assert viewpoint.leg() == SECONDARY
    answers += [dns.exception.Timeout()] * names.TRIES
    assert viewpoint.leg() == UNKNOWN
