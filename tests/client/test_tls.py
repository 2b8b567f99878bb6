"""TLS: verified, limited, and failed over."""

import pytest
from botocore.config import Config
from fault_server import FaultServer

from s3_failover import Outcome, Phase, Region, S3FailoverClient, Timeouts

BODY = b"over TLS" * 100


class InOrder:
    def next_index(self, count):
        return 0


@pytest.fixture
def tls(monkeypatch, request):
    kind = getattr(request, "param", "good")
    with FaultServer.running(regions=1, tls=kind) as server:
        server.put("key", BODY)
        monkeypatch.setenv("AWS_CA_BUNDLE", server.ca_file)
        yield server


def client_of(tls, plain):
    regions = [
        Region("us-east-1", bucket="b", endpoint_url=tls.regions[0].endpoint),
        Region("us-west-2", bucket="b", endpoint_url=plain.regions[0].endpoint),
    ]
    timeouts = Timeouts(connect=0.5, read=0.5, attempt=1, deadline=5)
    return S3FailoverClient(regions, selector=InOrder(), timeouts=timeouts, probe=None, config=Config())


def test_an_object_is_read_over_tls(tls, server):
    with client_of(tls, server) as client:
        assert [client.get_object("key").body for _ in range(3)] == [BODY] * 3


@pytest.mark.parametrize("tls", ["wrong_host", "expired"], indirect=True)
def test_a_wrong_certificate_is_a_failure_of_the_region(tls, server):
    with client_of(tls, server) as client:
        first = client.get_object("key").attempts[0]
        assert (first.outcome, first.phase) == (Outcome.CONNECTION, Phase.CONNECT)
        assert client.health()[0].failing


@pytest.mark.parametrize("kind", ["drip_headers", "drip", "stall", "hang"])
def test_the_limit_of_an_attempt_holds_under_tls(tls, server, kind):
    tls.regions[0].fault(kind)
    with client_of(tls, server) as client:
        found = client.get_object("key")
    assert found.attempts[0].outcome is Outcome.TIMEOUT
    assert found.attempts[0].duration < 1.5
