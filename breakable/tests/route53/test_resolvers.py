"""Resolvers that other people wrote, in front of the embedded DNS, as docs/local.md says: each follows the chain."""

import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns_servers
import pytest
import resolvers

from breakable_aws.route53.answers import answer
from breakable_aws.route53.snapshot import Snapshot, Zone

DISTRIBUTION, WEBSITE = "d1.cloudfront.net.", "www.example.com.s3-website.eu-central-1.amazonaws.com."
TTL = 1
STRICT = ("BIND", "unbound, stub zones")
"""Those that most mistakes of an authority show in; the others take their time only in the long tests."""


def record(name, kind, *values, **more):
    return {"Name": name, "Type": kind, "TTL": TTL, "ResourceRecords": [{"Value": v} for v in values], **more}


def pair(role, target):
    return record("www.example.com.", "CNAME", target, Failover=role, SetIdentifier=role, HealthCheckId=role)


SITE = Snapshot(
    zones=(
        Zone(
            "example.com.",
            (
                record("example.com.", "SOA", "ns-1.example.net. hostmaster.example.com. 1 7200 900 1209600 1"),
                record("example.com.", "NS", "ns-1.example.net.", "ns-2.example.net."),
                pair("PRIMARY", DISTRIBUTION),
                pair("SECONDARY", WEBSITE),
            ),
        ),
    )
)


@pytest.fixture
def sick():
    """The health checks that are unhealthy."""
    return set()


@pytest.fixture
def authority(sick):
    """The embedded DNS: its port."""
    with dns_servers.running(lambda name, kind: answer(SITE, name, kind, lambda check: check not in sick)) as server:
        yield server.port


def ask(port, name, kind):
    query = dns.message.make_query(name, kind)
    return dns.query.udp_with_fallback(query, "127.0.0.1", port=port, timeout=20)[0]


def values(port, kind, name="www.example.com"):
    found = ask(port, name, kind)
    assert found.rcode() == dns.rcode.NOERROR, found
    return [item.to_text() for rrset in found.answer for item in rrset]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in STRICT else pytest.mark.long) for name in resolvers.HONOURING]
)
def test_a_resolver_follows_a_site_there_and_back(name, authority, sick, tmp_path):
    with resolvers.running(name, tmp_path, authority) as port:
        assert values(port, "A") == [DISTRIBUTION, "127.0.0.1"]
        assert values(port, "AAAA") == [DISTRIBUTION, "::ffff:127.0.0.1"]
        assert values(port, "TXT") == [DISTRIBUTION]
        assert values(port, "HTTPS") == [DISTRIBUTION]
        assert values(port, "CNAME") == [DISTRIBUTION]
        assert values(port, "A", DISTRIBUTION) == ["127.0.0.1"]
        for now, expected in (({"PRIMARY"}, WEBSITE), (set(), DISTRIBUTION)):
            sick.clear()
            sick.update(now)
            until(lambda expected=expected: values(port, "A") == [expected, "127.0.0.1"])


def until(holds):
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)
