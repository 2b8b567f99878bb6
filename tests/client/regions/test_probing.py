"""A failing region is asked again without traffic, by one at a time."""

import threading
import time

import pytest
from waits import SHORT

from s3_failover import Ejection, Listener, Probe, Timeouts

BODY = bytes(range(256)) * 4
QUICK = Probe(interval=0.1, key="key")


class Attempts(Listener):
    def __init__(self):
        self.probes = []

    def on_attempt(self, attempt):
        if attempt.probe:
            self.probes.append(attempt)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("key", ["key", "missing"])
def test_a_region_without_traffic_is_found_healed(server, make_client, key):
    client = make_client(probe=Probe(interval=0.1, key=key))
    server.regions[0].fault("refuse")
    client.get_object("key")
    assert client.health()[0].failing
    server.regions[0].heal()
    assert until(lambda: not client.health()[0].failing)
    assert client.get_object("key").region == "us-east-1"


def test_a_region_that_stays_down_stays_failing(server, make_client):
    attempts = Attempts()
    client = make_client(probe=QUICK, listeners=[attempts])
    server.regions[0].fault("refuse")
    client.get_object("key")
    assert until(lambda: len(attempts.probes) >= 3)
    assert client.health()[0].failing
    assert {attempt.region for attempt in attempts.probes} == {"us-east-1"}


def test_nobody_probes_while_all_is_well(server, make_client):
    client = make_client(probe=QUICK)
    client.get_object("key")
    time.sleep(0.4)
    assert sum(region.counts.requests for region in server.regions) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "s3-failover-prober"]


def test_the_thread_ends_with_the_outage_and_comes_back_with_the_next(server, make_client):
    client = make_client(probe=QUICK)
    for _ in range(2):
        server.regions[0].fault("refuse")
        client.get_object("key")
        server.regions[0].heal()
        assert until(lambda: not client.health()[0].failing)
        assert until(lambda: not [t for t in threading.enumerate() if t.name == "s3-failover-prober"])


def test_closing_does_not_wait_for_a_probe_that_hangs(server, make_client):
    client = make_client(probe=QUICK, timeouts=Timeouts(connect=30, read=30, attempt=30, deadline=30))
    server.regions[0].fault("refuse")
    client.get_object("key")
    server.regions[0].fault("hang")
    assert until(lambda: server.regions[0].counts.requests)
    begin = time.monotonic()
    client.close()
    assert time.monotonic() - begin < 20


def test_without_a_probe_requests_find_out_by_themselves(server, make_client):
    client = make_client(probe=None, ejection=Ejection(base_ejection_time=0.1, jitter=0))
    server.regions[0].fault("refuse")
    client.get_object("key")
    server.regions[0].heal()
    time.sleep(0.15)
    assert client.get_object("key").region == "us-east-1"


def test_one_request_pays_for_a_probe_while_the_others_do_not(server, make_client):
    client = make_client(ejection=Ejection(base_ejection_time=0.3, jitter=0), timeouts=SHORT)
    server.regions[0].fault("hang")
    client.get_object("key")
    time.sleep(0.35)
    threads = [threading.Thread(target=client.get_object, args=("key",)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.regions[0].counts.requests == 2


def test_a_region_that_only_a_deadline_cut_short_is_asked_with_a_probes_own_time(server, make_client):
    client = make_client(probe=Probe(interval=60, key="key"), timeouts=SHORT)
    server.regions[0].fault("hang")
    # A third of it is less than a probe's own second, and time enough for a region that is well.
    assert client.get_object("key", deadline=2.4).region != "us-east-1"
    assert until(lambda: client.health()[0].failing)
    assert client.get_object("key", deadline=2.4).attempts[0].region != "us-east-1"


def test_a_healthy_region_that_a_deadline_cut_short_is_left_in_peace(server, make_client):
    attempts = Attempts()
    client = make_client(probe=Probe(interval=60, key="key"), listeners=[attempts])
    server.regions[0].fault("hang", times=1)
    client.get_object("key", deadline=2.4)
    assert until(lambda: not any(thread.name == "s3-failover-prober" for thread in threading.enumerate()))
    assert [attempt.region for attempt in attempts.probes] == ["us-east-1"]
    assert not client.health()[0].failing


@pytest.mark.parametrize("key", ["key", "missing"])
def test_a_region_that_was_misconfigured_is_found_well_without_traffic(server, make_client, key):
    server.regions[0].fault("status", status=403, code="AccessDenied")
    client = make_client(probe=Probe(interval=0.1, key=key))
    assert client.get_object("key").region == "us-west-2"
    assert client.health()[0].misconfigured
    server.regions[0].heal()
    assert until(lambda: not client.health()[0].misconfigured)


def test_a_region_that_stays_misconfigured_stays_so(server, make_client):
    attempts = Attempts()
    server.regions[0].fault("status", status=403, code="AccessDenied")
    client = make_client(probe=QUICK, listeners=[attempts])
    assert client.get_object("key").region == "us-west-2"
    assert until(lambda: len(attempts.probes) >= 3)
    assert client.health()[0].misconfigured


def test_a_prober_that_cannot_start_harms_no_request_and_starts_later(server, make_client, threads_that_fail):
    threads_that_fail("s3-failover-prober")
    server.regions[0].fault("refuse")
    client = make_client(probe=QUICK, ejection=Ejection(consecutive_failures=9))
    assert client.get_object("key").region == "us-west-2"
    client.get_object("key")
    server.regions[0].heal()
    assert until(lambda: not client.health()[0].failing)
