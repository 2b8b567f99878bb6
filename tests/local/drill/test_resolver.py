import dns.message
import dns.query
import dns.rrset
import pytest

from s3_failover.local.drill import resolver
from s3_failover.local.route53.answers import Record, Reply
from s3_failover.local.route53.dns_server import DnsServer


class StoppedClock:
    def now(self):
        return 1000


@pytest.fixture
def ask(monkeypatch):
    """Asks with the answers of a server that has these records."""

    def asked(*records, alias=""):
        served = DnsServer(lambda name, kind: Reply(answer=list(records), alias=alias))

        def answer(query, *_, **__):
            return dns.message.from_wire(served.respond(query.to_wire(), udp=True)), False

        monkeypatch.setattr(resolver.dns.query, "udp_with_fallback", answer)
        return resolver.ask("www.example.com", 53, StoppedClock())

    return asked


def test_a_chain_of_cnames_leads_to_its_end_and_lives_as_long_as_its_shortest_link(ask):
    chain = (
        Record("www.example.com.", "CNAME", 300, "a.example.net."),
        Record("a.example.net.", "CNAME", 60, "d1.test."),
    )
    assert ask(*chain) == resolver.Answer("d1.test", expires=1060)


def test_an_alias_leads_to_the_name_that_the_server_tells_beside_the_address(ask):
    found = ask(Record("www.example.com.", "A", 60, "127.0.0.1"), alias="d1.cloudfront.net.")
    assert found.target == "d1.cloudfront.net"


def test_an_address_without_a_name_behind_it_is_no_answer(ask):
    with pytest.raises(OSError, match=r"www\.example\.com has no CNAME and no alias"):
        ask(Record("www.example.com.", "A", 60, "192.0.2.1"))
