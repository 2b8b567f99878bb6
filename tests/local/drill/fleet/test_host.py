"""A host in its process, on an S3 that breaks on demand; no server takes its metrics, which must not matter."""

import hashlib
import os
import signal
import socket
import time

import psutil
import pytest
from fault_server import FaultServer

from breakable_aws.clock import EmbeddedClock
from breakable_aws.handle import Emulator
from s3_failover.client import Region, S3FailoverClient
from s3_failover.errors import UserError
from s3_failover.local.drill.fleet.host import Settings, ask, client_of
from s3_failover.local.drill.fleet.hosts import CUT_OFF, FAILING, GONE, HEALTHY, Host
from s3_failover.local.drill.fleet.records import OK, RAISED, WRONG, HostRequest
from s3_failover.local.drill.fleet.relay import Relays

NAMES = ("eu-west-1", "eu-central-1")
BODY = b"what every host reads"
CLOCK = EmbeddedClock(started=1000.0, speed=20.0)


@pytest.fixture(scope="module")
def fault_server():
    with FaultServer.running(regions=2) as server:
        server.put("key", BODY)
        yield server


@pytest.fixture
def server(fault_server):
    yield fault_server
    fault_server.reset()


@pytest.fixture
def nowhere():
    """An AWS that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        yield Emulator(f"http://127.0.0.1:{port}", "123456789012", 0, 0, 0, 0, "", os.getpid(), 0.0, secret="x")


@pytest.fixture
def settings(server, tmp_path):
    return settings_for([region.endpoint for region in server.regions], tmp_path)


def settings_for(endpoints, folder, **changed):
    usual = {
        "host": "shop-host-1",
        "service": "shop",
        "metrics_region": "eu-central-1",
        "directory": str(folder / "host"),
        "regions": [(name, "bucket", endpoint) for name, endpoint in zip(NAMES, endpoints, strict=True)],
        "key": "key",
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "probe_key": "key",
        "pace": 1.0,
        "started": CLOCK.started,
        "speed": CLOCK.speed,
    }
    return Settings(**usual | changed)


@pytest.fixture
def host(server, nowhere, tmp_path):
    """A host behind relays of its own, reading."""
    with Relays() as relays:
        ways = {name: relays.open(region.port) for name, region in zip(NAMES, server.regions, strict=True)}
        endpoints = [f"http://127.0.0.1:{relay.port}" for relay in ways.values()]
        found = Host(settings_for(endpoints, tmp_path), ways, nowhere, CLOCK, tmp_path / "host.log")
        found.start()
        try:
            until(lambda: found.reads)
            yield found, relays
        finally:
            found.kill()


def until(check):
    end = time.monotonic() + 30
    while not check():
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.02)


@pytest.fixture
def client(settings, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    regions = [Region(name, bucket=bucket, endpoint_url=endpoint) for name, bucket, endpoint in settings.regions]
    with S3FailoverClient(regions, probe=None) as made:
        yield made


def test_request_that_is_served_says_by_whom(client, settings):
    found = ask(client, settings, CLOCK)
    assert (found.result, found.region in NAMES, found.failing) == (OK, True, [])
    assert found.attempts == [found.region]
    assert not found.rerouted
    assert found.began <= found.ended


def test_request_that_another_region_serves_is_rerouted(client, settings, server):
    server.regions[0].fault("reset")
    both = [ask(client, settings, CLOCK) for _ in range(2)]
    assert [found.region for found in both] == [NAMES[1]] * 2
    assert sum(found.rerouted for found in both) == 1
    assert both[-1].failing == [NAMES[0]]


def test_request_that_no_region_serves_says_what_was_raised_and_asked(client, settings, server):
    for region in server.regions:
        region.fault("reset")
    found = ask(client, settings, CLOCK)
    assert (found.result, found.region) == (RAISED, "")
    assert sorted(found.attempts) == sorted(found.failing) == sorted(NAMES)
    assert "eu-west-1" in found.detail
    assert not found.rerouted


def test_other_bytes_than_those_published_are_wrong(client, settings, server):
    server.put("key", b"something else")
    try:
        assert ask(client, settings, CLOCK).result == WRONG
    finally:
        server.put("key", BODY)


def test_anything_else_that_goes_wrong_has_its_name(client, settings, tmp_path):
    other = settings_for(["http://a", "http://b"], tmp_path, key="missing")
    assert ask(client, other, CLOCK).result == "ObjectNotFound"


def test_client_probes_and_ejects_as_fast_as_time_runs(settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with client_of(settings, CLOCK) as client:
        assert client._prober._probe.interval == 30 / 20
        assert [state._ejection.base_ejection_time for state in client._pool.states] == [5 / 20] * 2
        assert client._timeouts.connect == 1


def test_records_and_settings_survive_their_lines(settings):
    assert Settings.load(settings.dump()).host == settings.host
    request = HostRequest(1.5, 2.0, OK, "eu-west-1", ["eu-central-1", "eu-west-1"], ["eu-central-1"])
    assert HostRequest.load(request.dump()) == request
    with pytest.raises(ValueError):
        HostRequest.load(request.dump()[:20])


def test_host_reads_again_and_again(host):
    found, _ = host
    count = len(found.requests)
    until(lambda: len(found.requests) > count + 5)
    assert {request.result for request in found.requests} == {OK}
    assert found.lane.state == HEALTHY


def test_host_that_is_cut_off_says_so_and_reads_again_when_it_is_not(host):
    found, relays = host
    ways = list(found.relays.values())
    relays.cut(ways[0])
    until(lambda: found.lane.state == FAILING)
    relays.cut(ways[1])
    until(lambda: found.lane.state == CUT_OFF and found.requests[-1].result == RAISED)
    relays.restore(*ways)
    until(lambda: found.reads)
    assert found.requests[0].began < found.requests[-1].began


def test_host_that_is_told_to_end_ends_and_can_be_started_again(host):
    found, _ = host
    process = psutil.Process(found._process.pid)
    found.stop()
    assert not process.is_running()
    assert (found.runs, found.lane.state) == (False, GONE)
    count = len(found.requests)
    found.start()
    until(lambda: len(found.requests) > count)
    assert found.lane.state == HEALTHY


def test_host_that_is_killed_says_nothing_more(host):
    found, _ = host
    process = psutil.Process(found._process.pid)
    found.kill()
    assert not process.is_running()
    count = len(found.requests)
    time.sleep(0.2)
    assert (len(found.requests), found.lane.state) == (count, GONE)


def test_host_that_ends_by_itself_is_reported_with_its_last_lines(host):
    found, _ = host
    found.require_alive()
    os.kill(found._process.pid, signal.SIGTERM)
    until(lambda: found._process.poll() is not None)
    with pytest.raises(UserError, match="shop-host-1 ended by itself with exit code -15, expected it to read"):
        found.require_alive()


def test_host_ends_with_its_drill_however_that_ends(host):
    found, _ = host
    process = psutil.Process(found._process.pid)
    # what the kernel does for a drill that is killed
    found._process.stdin.close()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
