"""The emulator's own Python environment, apart from ours so that its pins never dictate ours."""

import hashlib
import subprocess
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from breakable_aws import commands
from breakable_aws.errors import BreakableError
from breakable_aws.state import Say, StateDirectory, quiet

REQUIREMENTS = Path(__file__).parent / "emulator" / "requirements.txt"
"""What the environment holds; it lies beside the emulator's code."""


def ensure(state: StateDirectory | None = None, *, requirements: Path = REQUIREMENTS, say: Say = quiet) -> Path:
    """Return the Python of the emulator's environment; build the environment first where it is missing.

    It lies in `state`, by default in the user's cache, which all projects of that user share.

    An environment belongs to the contents of its requirements, so a change makes a new one. Two processes build it
    once; what an interrupted build left is built again.

    Raises:
        BreakableError: the requirements are missing, or the environment cannot be made.
    """
    state = state or StateDirectory.cached()
    place = state.root / f"environment-{_digest(requirements)}"
    if _complete(place):
        return _python(place)
    state.make()
    with _lock(state, say):
        if not _complete(place):
            _build(place, requirements, say)
    return _python(place)


def _digest(requirements: Path) -> str:
    try:
        content = requirements.read_bytes()
    except OSError as error:
        reason = f"the embedded AWS is incomplete: cannot read {requirements}"
        raise BreakableError(f"{reason}; install it again with {commands.advised.install}") from error
    version = "{}.{}".format(*sys.version_info)
    return hashlib.sha256(version.encode() + b"\n" + content).hexdigest()[:12]


def _python(place: Path) -> Path:
    return place / "bin" / "python"


def _stamp(place: Path) -> Path:
    return place / ".complete"


def _complete(place: Path) -> bool:
    # The interpreter is a link that dangles once the system's Python has been removed or upgraded.
    return _stamp(place).exists() and _python(place).exists()


def _lock(state: StateDirectory, say: Say) -> FileLock:
    lock = FileLock(state.root / "environment.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("waiting for another process that installs the embedded AWS")
        try:
            lock.acquire(timeout=600)
        except Timeout as error:
            message = f"another process has been installing into {state.root} for 10 minutes: end it and try again"
            raise BreakableError(message) from error
    return lock


def _build(place: Path, requirements: Path, say: Say) -> None:
    say(f"installing the embedded AWS into {place.parent} (once)")
    _run([sys.executable, "-m", "venv", "--clear", str(place)], "make a virtual environment")
    # -I keeps PYTHONPATH and user packages out: pip would take what lies there for installed.
    pip = [str(_python(place)), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    # What is installed is executed: each file has to be the one that was pinned.
    _run([*pip, "--require-hashes", "-r", str(requirements)], "install the embedded AWS")
    _stamp(place).touch()


def _run(command: list[str], purpose: str) -> None:
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        lines = (result.stdout + result.stderr).strip().splitlines()[-8:]
        detail = "\n".join(f"  {line}" for line in lines)
        raise BreakableError(
            f"cannot {purpose} (exit code {result.returncode}), check the network and try again:\n{detail}"
        )
