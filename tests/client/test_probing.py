"""A failing region is asked again without traffic, by one at a time."""

import threading
import time

import pytest

from s3_failover import Ejection, Listener, Probe

BODY = bytes(range(256)) * 4
QUICK = Probe(interval=0.1, key="key")


class Attempts(Listener):
    def __init__(self):
        self.probes = []

    def on_attempt(self, attempt):
        if attempt.probe:
            self.probes.append(attempt)


def until(condition, seconds=5):
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
    client = make_client(probe=QUICK)
    server.regions[0].fault("hang")
    client.get_object("key")
    assert until(lambda: server.regions[0].counts.requests >= 2)
    begin = time.monotonic()
    client.close()
    assert time.monotonic() - begin < 0.5


def test_without_a_probe_requests_find_out_by_themselves(server, make_client):
    client = make_client(probe=None, ejection=Ejection(base_ejection_time=0.1, jitter=0))
    server.regions[0].fault("refuse")
    client.get_object("key")
    server.regions[0].heal()
    time.sleep(0.15)
    assert client.get_object("key").region == "us-east-1"


def test_one_request_pays_for_a_probe_while_the_others_do_not(server, make_client):
    client = make_client(ejection=Ejection(base_ejection_time=0.3, jitter=0))
    server.regions[0].fault("hang")
    client.get_object("key")
    time.sleep(0.35)
    slow = []

    def read():
        begin = time.monotonic()
        client.get_object("key")
        slow.append(time.monotonic() - begin > 0.4)

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slow.count(True) == 1
