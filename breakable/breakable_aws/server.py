"""Starts, finds and stops the emulator."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from breakable_aws import commands, data_plane, handle, node, processes
from breakable_aws.errors import BreakableError
from breakable_aws.handle import Emulator
from breakable_aws.state import StateDirectory

PROGRAM = Path(__file__).parent / "emulator" / "start.py"
"""Starts the emulator."""


@dataclass(frozen=True)
class Server:
    """The one emulator of a state directory.

    `ready_timeout` is the seconds it may take to answer; its embedded time runs `speed` times as fast as the clock on
    the wall.
    """

    state: StateDirectory
    python: Path
    program: Path = PROGRAM
    ready_timeout: float = 60.0
    speed: float = 1.0

    def start(self, *, port: int = 0, dns_port: int = 0, owner_pid: int | None = None) -> Emulator:
        """Start the emulator and Route 53's data plane in the background and return them once they answer.

        Args:
            port: for its API; 0 takes a free one.
            dns_port: for DNS, over UDP and TCP; 0 takes a free one.
            owner_pid: a process without which the emulator ends by itself; None lets it run on.

        Raises:
            BreakableError: one is running already, or it ended (a port in use, say) or stayed silent; with its last
                lines.
        """
        self.state.make()
        with FileLock(self.state.root / "run.lock"):
            self._refuse_second()
            process = self._launch(port, owner_pid)
            try:
                emulator = self._wait_until_ready(process)
                emulator = data_plane.start(emulator, self.state, port=dns_port)
                handle.save(emulator, self.state.run_file)
            except BaseException:
                processes.end(process.pid, grace=1.0)
                process.wait()
                raise
        # The process runs on by design; a return code keeps Popen from warning about that.
        process.returncode = 0
        return emulator

    def _refuse_second(self) -> None:
        emulator = handle.load(self.state.run_file)
        if emulator is not None and emulator.alive:
            message = f"an embedded AWS is running at {emulator.endpoint} (process {emulator.pid})"
            raise BreakableError(f"{message}, expected none: use it, or stop it with {commands.advised.down}")

    def _launch(self, port: int, owner_pid: int | None) -> subprocess.Popen[bytes]:
        state = self.state
        state.ready_file.unlink(missing_ok=True)
        state.emulator_state.mkdir(exist_ok=True)
        # -P keeps the directory of the program off its module path.
        command = [str(self.python), "-P", str(self.program), "--port", str(port)]
        command += ["--ready-file", str(state.ready_file), "--ca-file", str(state.ca_file)]
        command += ["--secret-file", str(state.secret_file)]
        command += ["--remedy", commands.advised.join]
        command += ["--state-dir", str(state.emulator_state), "--speed", str(self.speed)]
        if owner_pid is not None:
            command += ["--owner-pid", str(owner_pid)]
        return processes.background(command, state.emulator_log, _environment())

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> Emulator:
        deadline = time.monotonic() + self.ready_timeout
        while time.monotonic() < deadline:
            if process.poll() is not None:
                code = process.returncode
                raise BreakableError(f"the embedded AWS ended at its start with exit code {code}{self._log_tail()}")
            emulator = self._read_ready(process.pid)
            if emulator is not None and emulator.answers():
                return emulator
            time.sleep(0.05)
        raise BreakableError(f"the embedded AWS did not answer within {self.ready_timeout:g} seconds{self._log_tail()}")

    def _read_ready(self, pid: int) -> Emulator | None:
        try:
            text = self.state.ready_file.read_text()
        except OSError:
            return None
        try:
            return Emulator.from_ready(json.loads(text), pid)
        except (KeyError, TypeError, ValueError, OSError) as error:
            reason = f"the embedded AWS announced {text[:200]!r}, expected its ports"
            raise BreakableError(f"{reason}: install it again with {commands.advised.install}") from error

    def _log_tail(self) -> str:
        return tail(self.state.emulator_log)


def current(state: StateDirectory) -> Emulator | None:
    """Return the emulator of a state directory if its process runs."""
    emulator = handle.load(state.run_file)
    return emulator if emulator is not None and emulator.alive else None


def require(state: StateDirectory) -> Emulator:
    """Return the running emulator.

    Raises:
        BreakableError: none runs, or it does not answer; or Route 53's data plane has ended, and the emulator is
            stopped.
    """
    emulator = current(state)
    if emulator is None:
        raise BreakableError(f"no embedded AWS is running in {state.root}: start one with {commands.advised.up}")
    if not emulator.answers():
        message = f"the embedded AWS at {emulator.endpoint} (process {emulator.pid}) does not answer"
        remedy = f"restart it with {commands.advised.down} and {commands.advised.up}"
        raise BreakableError(f"{message}: {remedy}{tail(state.emulator_log)}")
    if not emulator.dns_alive:
        # Without it nothing fails over, and no message would say why.
        stop(state)
        message = f"Route 53's data plane (process {emulator.dns_pid}) has ended, so the embedded AWS was stopped"
        remedy = f"start both with {commands.advised.up}, and deploy again"
        raise BreakableError(f"{message}: {remedy}{tail(state.dns_log)}")
    return emulator


def stop(state: StateDirectory, *, grace: float = 5.0) -> Emulator | None:
    """Stop the emulator of a state directory and return what was stopped, or None if none ran.

    After `grace` seconds it is killed, with its whole process group.
    """
    emulator = current(state)
    if emulator is not None:
        processes.end(emulator.pid, grace=grace)
        if emulator.dns_alive:
            processes.end(emulator.dns_pid, grace=grace)
        # If this process started it, no other process collects its exit code.
        for pid in filter(None, (emulator.pid, emulator.dns_pid)):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(NotADirectoryError):
        state.run_file.unlink(missing_ok=True)
    return emulator


@contextlib.contextmanager
def running(server: Server, *, port: int = 0) -> Iterator[Emulator]:
    """Run the emulator for the length of a block; it also ends when this process does, however it ends.

    Raises:
        BreakableError: as for `Server.start`.
    """
    emulator = server.start(port=port, owner_pid=os.getpid())
    try:
        yield emulator
    finally:
        stop(server.state)


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log as the end of an error message; empty if there are none."""
    try:
        last = log.read_text(errors="replace").rstrip().splitlines()[-lines:]
    except OSError:
        return ""
    return "; its last lines:\n" + "\n".join(f"  {line}" for line in last) if last else ""


def _environment() -> dict[str, str]:
    own = processes.environment()
    # Lambda functions in JavaScript need a Node.js; PYTHONSAFEPATH keeps the current directory out of sys.path.
    path = os.pathsep.join([str(node.find().parent), own.get("PATH", os.defpath)])
    return {**own, "PATH": path, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
