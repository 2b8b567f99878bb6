"""One client, many processes: forked children read, rotate and probe by themselves."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from waits import SHORT

from s3_failover import Hedging, Listener, Probe, RoundRobin, S3FailoverError

BODY = bytes(range(256)) * 4
FORK = multiprocessing.get_context("fork")
RUNTIME = Path(__file__).parents[2] / "runtime"


def in_child(function):
    """Return what a function returns in a forked child, or its error as text."""
    results = FORK.SimpleQueue()

    def run():
        try:
            results.put(function())
        except BaseException as error:
            results.put(repr(error))

    child = FORK.Process(target=run)
    child.start()
    found = results.get()
    child.join(60)
    assert child.exitcode == 0
    return found


def test_a_child_reads_over_connections_of_its_own(server, client):
    client.get_object("key")
    assert in_child(lambda: client.get_object("key").body) == BODY
    # The parent's connection still belongs to the parent.
    assert client.get_object("key").body == BODY
    assert server.regions[0].counts.connections == 2


@pytest.mark.parametrize("kind", ["refuse", "hang", "truncate"])
def test_a_child_fails_over(server, make_client, kind):
    client = make_client(timeouts=SHORT)
    client.get_object("key")
    server.regions[0].fault(kind)
    assert in_child(lambda: client.get_object("key").region) == "us-west-2"
    # What the child found out is the child's.
    assert not client.health()[0].failing


def test_children_that_are_forked_together_do_not_begin_at_the_same_region(make_client):
    client = make_client(selector=RoundRobin())
    firsts = {in_child(lambda: client.get_object("key").region) for _ in range(8)}
    assert len(firsts) > 1


def test_a_child_that_is_forked_in_the_middle_of_traffic_is_not_stuck(server, make_client):
    client = make_client(hedging=Hedging(delay=0.01, token_ratio=1))
    stop = threading.Event()

    def traffic():
        while not stop.is_set():
            client.get_object("key")

    threads = [threading.Thread(target=traffic) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            assert in_child(lambda: client.get_object("key").body) == BODY
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_child_probes_what_the_parent_found_failing(server, make_client):
    client = make_client(probe=Probe(interval=0.2, key="key"))
    server.regions[0].fault("refuse")
    client.get_object("key")

    def healed():
        for _ in range(3000):
            if not client.health()[0].failing:
                return True
            time.sleep(0.02)
        return False

    server.regions[0].heal()
    assert in_child(healed) is True


def test_listeners_begin_anew_in_a_child(server, make_client):
    class Starts(Listener):
        def __init__(self):
            self.pids = []

        def on_start(self, regions):
            self.pids.append(os.getpid())

    starts = Starts()
    make_client(listeners=[starts])
    pids = in_child(lambda: starts.pids)
    assert len(pids) == 2
    assert pids[0] == os.getpid() != pids[1]


DOWNLOAD = """
import sys
from s3_failover import Region, S3FailoverClient, Timeouts
region = Region("us-east-1", bucket="b", endpoint_url=sys.argv[1])
S3FailoverClient([region], timeouts=Timeouts(read=30, attempt=30, deadline=30)).download_file("key", sys.argv[2])
"""


def test_a_killed_download_leaves_the_old_file_and_nothing_else(server, tmp_path):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    server.regions[0].fault("stall")
    command = [sys.executable, "-c", DOWNLOAD, server.regions[0].endpoint, str(target)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(RUNTIME)})
    try:
        end = time.monotonic() + 20
        while server.regions[0].counts.requests == 0 and time.monotonic() < end:
            time.sleep(0.02)
        # Half of the body is on its way to the disk.
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


class Told(Listener):
    def __init__(self):
        self.starts = 0

    def on_start(self, regions):
        self.starts += 1


def test_a_closed_client_stays_closed_in_a_child(make_client):
    told = Told()
    client = make_client(listeners=[told])
    client.close()

    def said():
        with pytest.raises(S3FailoverError, match="the client is closed"):
            client.get_object("key")
        return told.starts

    assert in_child(said) == 1


def test_a_child_does_not_wait_for_credentials_that_a_thread_of_the_parent_refreshes(make_client):
    session = boto3.session.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1")
    refreshed = {"access_key": "key", "secret_key": "secret", "token": "token", "expiry_time": "2999-01-01T00:00:00Z"}
    credentials = RefreshableCredentials.create_from_metadata(refreshed, lambda: refreshed, "test")
    session._session._credentials = credentials
    client = make_client(session=session)
    with credentials._refresh_lock:
        assert in_child(lambda: credentials._refresh_lock.acquire(timeout=1) and client.get_object("key").body) == BODY
