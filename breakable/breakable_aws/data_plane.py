"""Starts and stops Route 53's data plane beside the emulator."""

import dataclasses
import json
import sys
import time
from pathlib import Path

import psutil

import breakable_aws
from breakable_aws import processes
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator
from breakable_aws.state import StateDirectory


def start(emulator: Emulator, state: StateDirectory, *, port: int = 0, patience: float = 30.0) -> Emulator:
    """Start the data plane of an emulator and return the emulator with it; it ends when the emulator does.

    `port` is for DNS, UDP and TCP, where 0 takes a free one; `patience` is the seconds until it must answer.

    Raises:
        BreakableError: it ended (a port in use, say) or stayed silent; with its last lines.
    """
    state.dns_ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "breakable_aws.route53", "--endpoint", emulator.endpoint]
    command += ["--account", emulator.account, "--secret-file", str(state.secret_file)]
    command += ["--ready-file", str(state.dns_ready_file)]
    command += ["--dns-port", str(port), "--owner-pid", str(emulator.pid)]
    process = processes.background(command, state.dns_log, _environment())
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BreakableError(f"Route 53's data plane ended at its start: {_last_line(state)}")
        if state.dns_ready_file.exists():
            # The process runs on by design; a return code keeps Popen from warning about that.
            process.returncode = 0
            found = int(json.loads(state.dns_ready_file.read_text())["dns_port"])
            started = psutil.Process(process.pid).create_time()
            return dataclasses.replace(emulator, dns_port=found, dns_pid=process.pid, dns_started=started)
        time.sleep(0.02)
    processes.end(process.pid, grace=1.0)
    process.wait()
    raise BreakableError(f"Route 53's data plane did not answer within {patience:g} seconds: {_last_line(state)}")


def _environment() -> dict[str, str]:
    """Return what a program needs to run, with this very package in reach."""
    return {
        **processes.environment(),
        "PYTHONPATH": str(Path(breakable_aws.__file__).parents[1]),
        "PYTHONSAFEPATH": "1",
    }


def _last_line(state: StateDirectory) -> str:
    lines = state.dns_log.read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("error: ") if lines else "it said nothing"
