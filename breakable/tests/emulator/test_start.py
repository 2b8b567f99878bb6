import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.embedded


def gone(pid):
    for _ in range(6000):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def test_every_listener_accepts_when_it_says_so_and_the_file_says_the_same(start, tmp_path):
    ready_file = tmp_path / "ready.json"
    ready = start("--ready-file", ready_file, "--ca-file", tmp_path / "ca.pem", "--account", "210987654321").ready
    assert json.loads(ready_file.read_text()) == ready
    assert ready["account"] == "210987654321"
    assert ready["ca_file"] == str(tmp_path / "ca.pem")
    ports = [
        int(ready["endpoint"].rpartition(":")[2]),
        *ready["cloudfront"].values(),
        *ready["s3"].values(),
        ready["api_gateway"]["https"],
    ]
    assert len(set(ports)) == 6
    for port in ports:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    listening = {
        c.laddr for c in psutil.Process(ready["pid"]).net_connections("inet") if c.status == psutil.CONN_LISTEN
    }
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {address.port for address in listening} == set(ports)


def test_a_given_port_is_taken_and_a_taken_one_is_one_line(start, launch):
    port = int(start().ready["endpoint"].rpartition(":")[2])
    second = launch("--port", port)
    out, err = second.communicate(timeout=60)
    assert second.returncode == 1
    assert out == ""
    assert err.splitlines() == [
        f"emulator: port {port} for the AWS API is in use: stop what holds it, give another --port, "
        "or leave it out for a free one"
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_a_running_lambda_and_what_that_started(start, number, tmp_path):
    emulator = start("--ready-file", tmp_path / "ready.json")
    lives = tmp_path / "pids"
    code = f"""
import os, signal, subprocess, time
def handler(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "300"])
    with open({str(lives)!r}, "w") as out: out.write(f"{{os.getpid()}} {{child.pid}}")
    time.sleep(300)
"""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "endless",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::123456789012:role/r",
            "Timeout": 900,
            "Code": {"ZipFile": code},
        },
    }
    emulator.deploy({"F": function})
    emulator.client("lambda").invoke(FunctionName="endless", InvocationType="Event")
    patience = time.monotonic() + 60
    while not lives.exists() or len(lives.read_text().split()) < 2:
        assert time.monotonic() < patience, "the function never started"
        time.sleep(0.01)
    pids = [int(pid) for pid in lives.read_text().split()]
    began = time.monotonic()
    assert emulator.stop(number) == 0
    assert time.monotonic() - began < 60  # the function sleeps longer
    assert all(gone(pid) for pid in pids)
    assert not (tmp_path / "ready.json").exists()


def test_it_ends_with_its_owner(start):
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    emulator = start("--owner-pid", owner.pid)
    owner.kill()
    assert emulator.process.wait(timeout=60) == 0
    owner.wait()


def test_it_writes_nothing_outside_its_state_directory(launch, tmp_path):
    process = launch("--state-dir", tmp_path / "mine")
    process.stdout.readline()
    opened = {Path(f.path) for f in psutil.Process(process.pid).open_files() if "w" in f.mode}
    process.terminate()
    process.communicate(timeout=60)
    assert all(path.is_relative_to(tmp_path) for path in opened)
    assert {path.name for path in (tmp_path / "mine").iterdir()} <= {"ca.pem", "secret", "tmp", "ministack", "s3"}


def test_a_state_directory_of_its_own_is_removed_at_the_end(emulator_python, tmp_path):
    package_parent = Path(__file__).parents[2]
    process = subprocess.Popen(
        [emulator_python, "-m", "breakable_aws.emulator"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(package_parent), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    ca_file = Path(json.loads(process.stdout.readline())["ca_file"])
    assert ca_file.exists()
    process.terminate()
    process.communicate(timeout=60)
    assert list(tmp_path.iterdir()) == []
