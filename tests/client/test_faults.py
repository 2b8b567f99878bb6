"""Every fault in every phase, on real sockets: the request goes on in the next region, and the gauge says what happened."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from s3_failover import AllRegionsFailed, Ejection, Listener, Outcome, Phase, Region, Timeouts
from s3_failover.client import guard, lookup

BODY = bytes(range(256)) * 4

FAULTS = [
    ("refuse", {}, Outcome.CONNECTION, Phase.CONNECT),
    ("syn_blackhole", {}, Outcome.TIMEOUT, Phase.CONNECT),
    ("reset_accept", {}, Outcome.CONNECTION, None),
    ("hang", {}, Outcome.TIMEOUT, Phase.HEADERS),
    ("reset", {}, Outcome.CONNECTION, Phase.HEADERS),
    ("cut_headers", {}, Outcome.CONNECTION, Phase.HEADERS),
    ("cut_headers", {"part": 0.98}, Outcome.CONNECTION, Phase.HEADERS),
    ("drip_headers", {}, Outcome.TIMEOUT, Phase.HEADERS),
    ("status", {"status": 500, "code": "InternalError"}, Outcome.SERVER_ERROR, Phase.HEADERS),
    ("status", {"status": 502}, Outcome.SERVER_ERROR, Phase.HEADERS),
    ("status", {"status": 503, "code": "ServiceUnavailable"}, Outcome.SERVER_ERROR, Phase.HEADERS),
    ("status", {"status": 504}, Outcome.SERVER_ERROR, Phase.HEADERS),
    ("status", {"status": 400, "code": "RequestTimeout"}, Outcome.SERVER_ERROR, Phase.HEADERS),
    ("status", {"status": 503, "code": "SlowDown"}, Outcome.THROTTLED, Phase.HEADERS),
    ("status", {"status": 429}, Outcome.THROTTLED, Phase.HEADERS),
    ("truncate", {}, Outcome.TRUNCATED, Phase.BODY),
    ("reset_body", {}, Outcome.CONNECTION, Phase.BODY),
    ("stall", {}, Outcome.TIMEOUT, Phase.BODY),
    ("drip", {}, Outcome.TIMEOUT, Phase.BODY),
    ("no_length", {}, Outcome.TRUNCATED, Phase.BODY),
    ("corrupt", {}, Outcome.CORRUPT, Phase.VERIFY),
]


class Failed(Listener):
    """Keeps what failed."""

    def __init__(self):
        self.attempts = []

    def on_attempt(self, attempt):
        if attempt.error:
            self.attempts.append(str(attempt))


every_fault = pytest.mark.parametrize(
    ("kind", "options", "outcome", "phase"), FAULTS, ids=lambda value: str(value) if value else ""
)


@every_fault
def test_a_failing_region_is_left_within_the_request(server, client, kind, options, outcome, phase):
    server.regions[0].fault(kind, **options)
    found = client.get_object("key")
    assert (found.body, found.region) == (BODY, "us-west-2")
    failed, succeeded = found.attempts
    assert (failed.region, failed.outcome) == ("us-east-1", outcome)
    assert phase is None or failed.phase is phase
    assert succeeded.outcome is Outcome.SUCCESS
    assert client.health()[0].failing is (outcome is not Outcome.THROTTLED)
    assert [health.failing for health in client.health()[1:]] == [False, False]


@every_fault
def test_a_download_restarts_in_the_next_region(server, client, tmp_path, kind, options, outcome, phase):
    server.regions[0].fault(kind, **options)
    download = client.download_file("key", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert (download.region, download.size) == ("us-west-2", len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@every_fault
def test_when_every_region_fails_each_was_asked_once(server, client, tmp_path, kind, options, outcome, phase):
    (tmp_path / "file").write_bytes(b"old")
    for region in server.regions:
        region.fault(kind, **options)
    with pytest.raises(AllRegionsFailed, match="expected one of 3 to have the object") as caught:
        client.download_file("key", tmp_path / "file")
    assert [(a.region, a.outcome) for a in caught.value.attempts] == [
        ("us-east-1", outcome),
        ("us-west-2", outcome),
        ("eu-west-1", outcome),
    ]
    assert caught.value.__cause__ is caught.value.attempts[-1].error
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@every_fault
def test_a_region_that_is_healed_serves_again(server, make_client, kind, options, outcome, phase):
    client = make_client(ejection=Ejection(base_ejection_time=0.01, jitter=0))
    server.regions[0].fault(kind, **options)
    client.get_object("key")
    server.regions[0].heal()
    regions = {client.get_object("key").region for _ in range(5) if not threading.Event().wait(0.02)}
    assert "us-east-1" in regions
    assert not client.health()[0].failing


@every_fault
def test_many_threads_are_served_while_a_region_fails(server, client, kind, options, outcome, phase):
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


@pytest.mark.parametrize("kind", ["refuse", "hang", "reset", "status", "drip_headers"])
def test_head_fails_over_too(server, client, kind):
    server.regions[0].fault(kind, **({"status": 503} if kind == "status" else {}))
    found = client.head_object("key")
    assert (found.region, found.content_length, found.body) == ("us-west-2", len(BODY), b"")


def test_a_head_that_is_cut_is_no_answer(server, client):
    server.regions[0].fault("cut_headers", part=0.9)
    assert client.head_object("key").region == "us-west-2"


def test_a_name_that_does_not_exist_is_left(regions, make_client):
    nowhere = Region("us-east-1", bucket="b", endpoint_url="http://nowhere.invalid")
    found = make_client([nowhere, *regions[1:]], timeouts=Timeouts(connect=2, attempt=5)).get_object("key")
    assert found.attempts[0].phase is Phase.CONNECT
    assert found.region == "us-west-2"


def test_a_resolver_that_hangs_is_left_behind(regions, make_client, monkeypatch):
    release, real = threading.Event(), lookup._getaddrinfo

    def hanging(host, port, flags=0):
        if host == "nowhere.invalid" and not flags:
            release.wait(10)
        return real(host, port, flags)

    monkeypatch.setattr(lookup, "_getaddrinfo", hanging)
    nowhere = Region("us-east-1", bucket="b", endpoint_url="http://nowhere.invalid")
    found = make_client([nowhere, *regions[1:]]).get_object("key")
    release.set()
    assert (found.attempts[0].outcome, found.attempts[0].phase) == (Outcome.TIMEOUT, Phase.CONNECT)
    assert found.attempts[0].duration < 8


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
        assert set(threads.map(lambda _: client.get_object("key").body, range(1500))) == {BODY}
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
