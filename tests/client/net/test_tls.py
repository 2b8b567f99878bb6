"""TLS: verified, limited, and failed over."""

import contextlib
import select
import socket
import threading

import pytest
from botocore.config import Config
from fault_server import FaultServer
from waits import SHORT

from s3_failover import Outcome, Phase, Region, S3FailoverClient, Timeouts
from s3_failover.client.net import transport

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
    return S3FailoverClient(regions, selector=InOrder(), timeouts=SHORT, probe=None, config=Config())


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


@contextlib.contextmanager
def forwarding(upstream_of, late=None):
    """Listens on a free port and connects what comes to where its first bytes say; gives the port."""

    def serve(near):
        first = near.recv(65536)
        with near, contextlib.suppress(OSError), socket.create_connection(upstream_of(near, first)) as far:
            if late:
                late.wait(0.7)
                far.sendall(first)
            else:
                near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                for end in select.select([near, far], [], [])[0]:
                    if not (piece := end.recv(65536)):
                        return
                    (far if end is near else near).sendall(piece)

    def listen():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def named_by_connect(_near, first):
    host, port = first.split()[1].decode().rsplit(":", 1)
    return host, int(port)


@pytest.mark.parametrize("through_proxy", [False, True], ids=["directly", "through a proxy"])
@pytest.mark.parametrize("kind", ["close_reused", "reset_reused"])
def test_a_connection_given_up_under_tls_says_nothing_about_the_region(tls, server, monkeypatch, kind, through_proxy):
    tls.regions[0].fault(kind)
    with forwarding(named_by_connect) as port:
        if through_proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        with client_of(tls, server) as client:
            found = [client.get_object("key") for _ in range(10)]
        assert [len(item.attempts) for item in found] == [1] * 10
        assert not client.health()[0].failing


def test_a_handshake_has_the_time_of_a_read(tls, server, monkeypatch):
    real = transport._getaddrinfo
    monkeypatch.setattr(transport, "_getaddrinfo", lambda host, port, flags=0: real("127.0.0.1", port) * 3)
    with forwarding(lambda *_: ("127.0.0.1", tls.regions[0].port), late=threading.Event()) as port:
        regions = [Region("us-east-1", bucket="b", endpoint_url=f"https://localhost:{port}")]
        with S3FailoverClient(regions, timeouts=Timeouts(connect=0.5, read=5, attempt=10), probe=None) as client:
            assert client.get_object("key").body == BODY
