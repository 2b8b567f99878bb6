"""Sinks in forked children, in processes of their own: a test runner with threads had better not fork."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[1] / "support"
RUNTIME = Path(__file__).parents[2] / "runtime"

START = """
import os, signal, sys, threading, time
from metric_hosts import FastClock, attempt, fail, heal, request
from s3_failover.metrics import EmfMetrics

def begin(host="host-1"):
    sink = EmfMetrics("ivr", host=host, path=sys.argv[1] + "/lines", directory=sys.argv[1] + "/shared",
                      clock=FastClock(float(sys.argv[2]), 60))
    sink.on_start(["us-east-1"])
    return sink
"""


@pytest.fixture
def run(tmp_path):
    """Runs a program whose minutes last a second to its end, and returns the lines that it published."""
    started = time.time() // 60 * 60

    def go(code, timeout=60):
        subprocess.run(
            [sys.executable, "-c", START + code, str(tmp_path), str(started)],
            env=os.environ | {"PYTHONPATH": f"{RUNTIME}:{SUPPORT}"},
            timeout=timeout,
            check=True,
        )
        text = (tmp_path / "lines").read_text()
        return [json.loads(line) for line in text.splitlines()]

    return go


def minutes(lines):
    return [line["_aws"]["Timestamp"] // 60000 for line in lines if "AllRegionsFailing" in line]


def test_children_share_the_minutes_of_their_parent_and_count_only_what_they_did(run):
    lines = run("""
sink = begin()
fail(sink, "us-east-1", exhausted=True)
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        sink.on_start(["us-east-1"])  # as the client does
        fail(sink, "us-east-1", exhausted=True)
        time.sleep(2)
        sink.on_close()
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
time.sleep(2)
sink.on_close()
""")
    assert len(minutes(lines)) == len(set(minutes(lines)))
    assert sum(line.get("Exhausted", 0) for line in lines) == 4
    assert sum(line.get("Attempts", 0) for line in lines) == 4
    assert [line["RegionFailing"] for line in lines if "RegionFailing" in line][-1] == 1


def test_a_child_that_is_forked_while_the_parent_publishes_keeps_nobody_else_from_it(run):
    lines = run("""
sink = begin()
fail(sink, "us-east-1")
time.sleep(2)
read, write = os.pipe()
middle = os.fork()
if middle == 0:
    sink.on_start(["us-east-1"])
    fail(sink, "us-east-1")
    time.sleep(1)
    lock = sink._publisher._publication._leading()
    while not lock.__enter__():
        lock = sink._publisher._publication._leading()
    if os.fork() == 0:  # its parent is killed with the lock in its hand, and it lives on
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)
os.close(read)
os.waitpid(middle, 0)
heal(sink, "us-east-1")
time.sleep(3)
os.close(write)
sink.on_close()
""")
    found = minutes(lines)
    assert len(found) == len(set(found))
    assert found[-1] - found[0] <= len(found) + 1
    # The process that was killed no longer counts as failing, though its child lives.
    assert [line["RegionFailing"] for line in lines if "RegionFailing" in line][-1] == 0


def test_a_child_forked_while_a_hook_held_the_locks_is_not_stuck(run):
    lines = run("""
sink = begin()
sink._lock.acquire()
sink._tally._lock.acquire()
child = os.fork()
if child == 0:
    sink.on_start(["us-east-1"])
    fail(sink, "us-east-1", exhausted=True)
    time.sleep(3)
    os._exit(0)
os.waitpid(child, 0)
os._exit(0)
""")
    assert sum(line.get("Exhausted", 0) for line in lines) == 1
    assert len(minutes(lines)) == len(set(minutes(lines)))


def test_a_child_that_does_not_use_the_client_publishes_nothing(run):
    lines = run("""
sink = begin()
time.sleep(1.5)
child = os.fork()
if child == 0:
    time.sleep(2)
    os._exit(threading.active_count() - 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
sink.on_close()
""")
    assert len(minutes(lines)) == len(set(minutes(lines)))
