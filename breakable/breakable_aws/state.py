"""Where the embedded AWS keeps its files."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from breakable_aws import commands
from breakable_aws.errors import BreakableError

CACHE = "breakable-aws"
"""What a user's directory for installed files is called."""

Say = Callable[[str], None]
"""Takes one line of progress for the user who waits."""


def quiet(_line: str) -> None:
    """Say nothing."""


class _Below:
    """A path below the root."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, directory: StateDirectory, _: object) -> Path:
        return directory.root / self._name


@dataclass(frozen=True)
class StateDirectory:
    """The directory for all files of the embedded AWS; safe to remove while nothing runs.

    Its root is an absolute path, and need not exist yet.
    """

    root: Path

    @classmethod
    def cached(cls, name: str = CACHE) -> StateDirectory:
        """Make and return the directory of what is installed once for a user, whatever the project.

        `name` in `$XDG_CACHE_HOME`, by default `~/.cache`, as the XDG base directories have it.

        Raises:
            BreakableError: the user has neither, or may not write there.
        """
        home, cache = (Path(os.environ.get(name, "")) for name in ("HOME", "XDG_CACHE_HOME"))
        for parent in (cache, home / ".cache"):
            if parent.is_absolute():
                with contextlib.suppress(BreakableError):
                    return cls(parent / name).make()
        raise BreakableError("no directory to install into: set XDG_CACHE_HOME to one that you may write to")

    def make(self) -> StateDirectory:
        """Create the directory, closed to other users and hidden from git, and return it.

        Raises:
            BreakableError: it cannot be made or written to.
        """
        try:
            self._make()
        except OSError as error:
            reason = f"cannot write to {self.root}: {error.strerror}"
            raise BreakableError(f"{reason}; {commands.advised.place}") from error
        return self

    def _make(self) -> None:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        # One that is another user's cannot be closed; what is secret in it is private by itself.
        with contextlib.suppress(PermissionError):
            self.root.chmod(0o700)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")

    run_file = _Below("run.json")
    """What runs now, as JSON."""
    ready_file = _Below("ready.json")
    """What the emulator writes once it answers."""
    ca_file = _Below("ca.pem")
    """The certificate authority of the emulator's HTTPS listeners, in PEM."""
    secret_file = _Below("secret")
    """What callers of the emulator's API must know; only the user may read it."""
    emulator_state = _Below("emulator-state")
    """The directory that the emulator may write to."""
    emulator_log = _Below("emulator.log")
    """The emulator's output since its last start."""
    dns_ready_file = _Below("dns-ready.json")
    """What Route 53's data plane says when DNS answers."""
    dns_log = _Below("dns.log")
    """What Route 53's data plane prints."""
    cdk_log = _Below("cdk.log")
    """The CDK's output of the last deploy."""
    cdk_out = _Below("cdk.out")
    """The cloud assembly of the last deploy, apart from the `cdk.out` of other commands."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only the user may read; readers see the old one or the new one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
