"""Limits hold whatever the server does."""

import gc
import threading
import time

import pytest
from waits import PATIENT, SHORT

from s3_failover import AllRegionsFailed, DeadlineExceeded, Outcome, Timeouts
from s3_failover.client.net.guard import Guard
from s3_failover.client.net.outcomes import Answer, BodyReader

BODY = bytes(range(256)) * 4
SLACK = 15  # a loaded machine; the bench measures how close it is


@pytest.fixture(autouse=True)
def no_garbage_collection():
    """Keeps the garbage of all tests, botocore's clients, out of the times: collecting it takes a tenth of a second."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def timed(function, *arguments, **named):
    begin = time.monotonic()
    try:
        return function(*arguments, **named), time.monotonic() - begin
    except Exception as error:
        return error, time.monotonic() - begin


@pytest.mark.parametrize("kind", ["hang", "stall", "drip", "drip_headers", "syn_blackhole"])
@pytest.mark.parametrize("operation", ["get_object", "download_file"])
def test_the_deadline_holds_over_all_regions(server, make_client, tmp_path, kind, operation):
    for region in server.regions:
        region.fault(kind)
    client = make_client(timeouts=Timeouts(connect=0.9, read=0.9, attempt=0.9, deadline=0.9, download_deadline=0.9))
    target = [] if operation == "get_object" else [tmp_path / "file"]
    error, taken = timed(getattr(client, operation), "key", *target)
    assert isinstance(error, DeadlineExceeded)
    assert [attempt.region for attempt in error.attempts] == ["us-east-1", "us-west-2", "eu-west-1"]
    assert taken < 0.9 + SLACK
    assert list(tmp_path.iterdir()) == []


def test_a_deadline_of_one_call_is_shorter_than_the_clients(server, make_client):
    for region in server.regions:
        region.fault("hang")
    error, taken = timed(make_client(timeouts=PATIENT).get_object, "key", deadline=0.2)
    assert isinstance(error, DeadlineExceeded)
    assert isinstance(error, TimeoutError)
    assert taken < 0.2 + SLACK


def test_regions_share_a_deadline_that_is_shorter_than_a_read(server, make_client):
    server.regions[0].fault("hang")
    client = make_client(timeouts=PATIENT)
    found, taken = timed(client.get_object, "key", deadline=3)
    assert [attempt.outcome for attempt in found.attempts] == [Outcome.DEADLINE, Outcome.SUCCESS]
    assert taken < 3 + SLACK


def test_a_share_is_no_longer_because_bytes_arrive(server, make_client):
    server.regions[0].fault("drip", seconds=0.01)
    client = make_client(timeouts=Timeouts(connect=1, read=2, attempt=2, min_throughput=16))
    found = client.get_object("key", deadline=3)
    assert [attempt.outcome for attempt in found.attempts] == [Outcome.DEADLINE, Outcome.SUCCESS]
    assert found.attempts[0].bytes_read


def test_a_share_that_is_long_enough_is_all_that_a_region_may_take(server, make_client):
    # Nothing arrives within a third of the time: that is a failure of the region, and not only of the deadline.
    server.regions[0].fault("drip_headers")
    client = make_client(timeouts=Timeouts(connect=1, read=1, attempt=3.5, deadline=3.5))
    found = client.get_object("key")
    assert [attempt.outcome for attempt in found.attempts] == [Outcome.TIMEOUT, Outcome.SUCCESS]
    assert client.health()[0].failing


def test_a_region_that_sends_slowly_fails_no_request_and_is_left(server, make_client):
    server.put("large", 1_500_000)
    server.regions[0].fault("bandwidth", rate=300_000)
    client = make_client(timeouts=Timeouts())
    regions = [client.get_object("large", deadline=3).region for _ in range(9)]
    assert "us-east-1" not in regions
    health = client.health()
    assert [region.failing for region in health] == [True, False, False]
    assert "slow" in health[0].last_error


def test_the_last_region_has_all_the_time_that_is_left(server, make_client):
    server.regions[0].fault("refuse")
    server.regions[1].fault("refuse")
    server.regions[2].fault("slow", seconds=1)
    client = make_client(timeouts=Timeouts(connect=1, read=20, attempt=20, deadline=20))
    found = client.get_object("key", deadline=20)
    assert found.region == "eu-west-1"


def test_an_attempt_that_only_the_deadline_cut_short_says_nothing_about_its_region(server, client):
    for region in server.regions:
        region.fault("hang")
    error, _ = timed(client.get_object, "key", deadline=0.9)
    assert [attempt.outcome for attempt in error.attempts] == [Outcome.DEADLINE] * 3
    assert not any(region.failing for region in client.health())


def test_an_attempt_that_had_its_time_is_a_failure_also_when_the_deadline_follows(server, make_client, regions):
    server.regions[0].fault("drip")
    client = make_client(regions[:1], timeouts=Timeouts(connect=0.3, read=0.3, attempt=0.5, deadline=0.5))
    error, _ = timed(client.get_object, "key")
    assert isinstance(error, AllRegionsFailed)
    assert client.health()[0].failing


def test_a_slow_region_is_left_after_the_time_of_an_attempt(server, make_client):
    server.regions[0].fault("drip", seconds=0.05)
    found, taken = timed(make_client(timeouts=SHORT).get_object, "key")
    assert found.attempts[0].outcome is Outcome.TIMEOUT
    assert taken < SHORT.attempt + SLACK


class Dripping:
    """A body of so many bytes, read 16 at a time at most."""

    def __init__(self, size):
        self._left = size

    def read(self, wanted=-1):
        got = min(self._left, 16, wanted if wanted >= 0 else self._left)
        self._left -= got
        return bytes(got)


@pytest.mark.parametrize(("size", "seconds"), [(100, 1), (350, 3.5), (10_000, 90)])
def test_bytes_that_arrive_buy_time_up_to_the_deadline(size, seconds):
    guard = Guard(1010.0, 1100.0)
    headers = {"content-length": str(size)}
    response = {
        "Body": Dripping(size),
        "ContentLength": size,
        "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": headers},
    }
    assert len(b"".join(BodyReader(100).chunks(Answer(response, guard, lambda _: None)))) == size
    assert guard.limit == pytest.approx(1010 + seconds)
    assert guard.cut_short == (size == 10_000)


def test_the_watchdog_ends_only_what_is_late(server, make_client, regions):
    server.regions[0].fault("hang")
    client = make_client(regions[:1], timeouts=PATIENT)
    results = []
    threads = [
        threading.Thread(target=lambda d=deadline: results.append((d, timed(client.get_object, "key", deadline=d))))
        for deadline in (0.2, 0.6, 1.0)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for deadline, (error, taken) in results:
        assert isinstance(error, DeadlineExceeded)
        assert deadline - 0.05 < taken < deadline + SLACK


def test_a_connection_that_was_let_go_is_not_shut_down(server, make_client, regions):
    # A limit that ends just after the answer must not hit the next request on the connection.
    client = make_client(regions[:1])
    end = time.monotonic() + 3.5
    outcomes = {attempt.outcome for attempt in client.get_object("key", deadline=3).attempts}
    while time.monotonic() < end:
        outcomes.update(attempt.outcome for attempt in client.get_object("key").attempts)
    assert outcomes == {Outcome.SUCCESS}
    assert server.regions[0].counts.connections == 1
