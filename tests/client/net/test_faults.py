"""Every fault in every phase, on real sockets: many at once, healed, and on the edge of what is a fault.

What a request makes of each fault alone is in test_matrix.
"""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from waits import SHORT

from s3_failover import Ejection, Listener, Outcome, Phase, Region
from s3_failover.client.net import guard, transport

BODY = bytes(range(256)) * 4

FAULTS = [
    ("refuse", {}),
    ("reset_accept", {}),
    ("hang", {}),
    ("reset", {}),
    ("cut_headers", {}),
    ("status", {"status": 503, "code": "ServiceUnavailable"}),
    ("status", {"status": 503, "code": "SlowDown"}),
    ("answer", {"status": 200, "body": "<html>"}),
    ("truncate", {}),
    ("reset_body", {}),
    ("corrupt", {}),
]
WAITS = {"hang"}


class Failed(Listener):
    """Keeps what failed."""

    def __init__(self):
        self.attempts = []

    def on_attempt(self, attempt):
        if attempt.error:
            self.attempts.append(str(attempt))


every_fault = pytest.mark.parametrize(("kind", "options"), FAULTS, ids=lambda value: str(value) if value else "")


@every_fault
def test_a_region_that_is_healed_serves_again(server, make_client, kind, options):
    client = make_client(
        ejection=Ejection(base_ejection_time=0.01, throttle_time=0.01, jitter=0),
        **({"timeouts": SHORT} if kind in WAITS else {}),
    )
    server.regions[0].fault(kind, **options)
    client.get_object("key")
    server.regions[0].heal()
    regions = {client.get_object("key").region for _ in range(5) if not threading.Event().wait(0.02)}
    assert "us-east-1" in regions
    assert not client.health()[0].failing


@every_fault
def test_many_threads_are_served_while_a_region_fails(server, make_client, kind, options):
    client = make_client(**({"timeouts": SHORT} if kind in WAITS else {}))
    server.regions[0].fault(kind, **options)
    found = []

    def read():
        found.extend(client.get_object("key").body for _ in range(5))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [BODY] * 40


def test_a_head_that_is_cut_is_no_answer(server, client):
    server.regions[0].fault("cut_headers", part=0.9)
    assert client.head_object("key").region == "us-west-2"


def test_a_resolver_that_hangs_is_left_behind(regions, make_client, monkeypatch):
    release, real = threading.Event(), transport._getaddrinfo

    def hanging(host, port, flags=0):
        if host == "nowhere.invalid" and not flags:
            release.wait(20)
        return real(host, port, flags)

    monkeypatch.setattr(transport, "_getaddrinfo", hanging)
    nowhere = Region("us-east-1", bucket="b", endpoint_url="http://nowhere.invalid")
    found = make_client([nowhere, *regions[1:]], timeouts=SHORT).get_object("key")
    release.set()
    assert (found.attempts[0].outcome, found.attempts[0].phase) == (Outcome.TIMEOUT, Phase.CONNECT)


@pytest.mark.parametrize("kind", ["close_reused", "reset_reused"])
def test_a_connection_that_the_server_gave_up_says_nothing_about_the_region(server, make_client, regions, kind):
    server.regions[0].fault(kind)
    client = make_client(regions[:1])
    found = [client.get_object("key") for _ in range(4)]
    assert [len(item.attempts) for item in found] == [1, 1, 1, 1]
    assert not client.health()[0].failing


@pytest.mark.parametrize("kind", ["close_reused", "reset_reused"])
def test_connections_given_up_under_many_threads_say_nothing_about_a_region(server, make_client, kind):
    for region in server.regions:
        region.fault(kind)
    failed = Failed()
    client = make_client(listeners=[failed])
    with ThreadPoolExecutor(24) as threads:
        assert set(threads.map(lambda _: client.get_object("key").body, range(600))) == {BODY}
    assert failed.attempts == []


def test_a_connection_that_is_new_is_not_tried_twice(server, client):
    client.get_object("key")
    server.regions[0].fault("refuse")
    server.regions[0].heal()
    before = server.regions[0].counts.requests
    server.regions[0].fault("reset")
    assert client.get_object("key").region == "us-west-2"
    assert server.regions[0].counts.requests == before + 1


def test_what_the_application_was_handling_says_nothing_about_the_attempt(server, client):
    server.regions[0].fault("refuse")
    try:
        raise OSError(errno.EMFILE, "too many open files, somewhere else")
    except OSError:
        assert client.get_object("key").region == "us-west-2"
    assert client.health()[0].failing


def test_a_body_in_chunks_is_read_whole(server, client):
    server.regions[0].fault("chunked")
    assert client.get_object("key").body == BODY
    assert client.get_object("key").region == "us-east-1"


def test_a_failed_attempt_leaves_no_connection_open(server, client):
    server.regions[0].fault("truncate")
    for _ in range(5):
        client.get_object("key")
    server.regions[0].heal()
    client.close()
    for _ in range(100):
        if server.regions[0].counts.open == 0:
            break
        threading.Event().wait(0.02)
    assert server.regions[0].counts.open == 0


def test_a_lookup_whose_thread_cannot_start_is_done_without_one(server, make_client, threads_that_fail):
    endpoint = server.regions[0].endpoint.replace("127.0.0.1", "localhost")
    client = make_client([Region("us-east-1", bucket="b", endpoint_url=endpoint)])
    threads_that_fail("s3-failover-lookup")
    assert client.get_object("key").body
    assert client.get_object("key").body


def test_a_watchdog_that_cannot_start_is_a_fault_of_this_host(make_client, monkeypatch, threads_that_fail):
    client = make_client()
    monkeypatch.setattr(guard._watchdog, "_thread", None)
    threads_that_fail("s3-failover-watchdog")
    with pytest.raises(OSError, match="raise its limit of processes"):
        client.get_object("key")
    assert not any(region.failing for region in client.health())
    assert client.get_object("key").body
