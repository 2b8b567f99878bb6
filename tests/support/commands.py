"""Runs `s3-failover` in the process of the tests, which has loaded all that it needs: a process of its own takes a second."""

import contextlib
import io
import os
import signal
import sys
from dataclasses import dataclass
from unittest import mock

from s3_failover.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended, as `subprocess.CompletedProcess` says it."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments, cwd=".", environment=None) -> Ended:
    """Run a command in a directory, with this environment or the tests' own."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    environment = dict(os.environ) if environment is None else environment
    before = signal.getsignal(signal.SIGTERM)
    with (
        mock.patch.object(sys, "argv", ["s3-failover", *map(str, arguments)]),
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = _code(ended, err)
        finally:
            signal.signal(signal.SIGTERM, before)
    return Ended(code, out.getvalue(), err.getvalue())


def _code(ended: SystemExit, err: io.StringIO) -> int:
    """Return the exit code, as Python does at the end of a process: a text is printed, and 1."""
    if isinstance(ended.code, str):
        err.write(f"{ended.code}\n")
        return 1
    return ended.code or 0
