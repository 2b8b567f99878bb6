"""The directory in which the processes of one host meet: snapshots, liveness, and the leader lock of the publisher.

A process is alive while it holds the lock on its own file: the kernel lets go of it when a process ends in whatever
way, and it knows containers that share the directory and process ids that are used again. Nothing here waits for a
lock. A forked child has none of its parent's: filelock (3.32 and newer) closes what it inherits.

A process that is frozen (SIGSTOP, a paused container) keeps its locks. So the leader lock bears the time at which it
was taken: when that is long ago, another process replaces the lock file, and the frozen one writes nothing when it
wakes.
"""

import contextlib
import hashlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s3_failover.metrics.extras import MissingExtraError
from s3_failover.metrics.snapshot import GaugeSnapshot

try:
    from filelock import FileLock, Timeout
except ImportError as error:
    raise MissingExtraError("cloudwatch", "filelock") from error

_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_OTHERS_MAY_WRITE = stat.S_IWOTH


def default_root() -> Path:
    """Return the default parent of the directories: one per user, below the system's temporary directory."""
    return Path(tempfile.gettempdir()) / f"s3-failover-metrics-{os.getuid()}"


@dataclass(frozen=True)
class Member:
    """A process that takes part, or did: whether it lives, and its snapshot if it has one that can be read."""

    alive: bool
    snapshot: GaugeSnapshot | None


class SharedDirectory:
    """The directory of one service on one host.

    Args:
        root: the directory of all services; None means `default_root`, made with mode 0700.
        name: what is published, in words.
        identity: everything that tells it from another publication: service, host, destination.
    """

    def __init__(self, root: Path | None, name: str, identity: str) -> None:
        self._ours = root is None
        self._root = root or default_root()
        digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
        self.path = self._root / f"{re.sub('[^A-Za-z0-9_.-]', '_', name)[:64]}-{digest}"
        self._member: str | None = None
        self._alive: FileLock | None = None
        self._inode = 0
        self._leading_inode = 0

    @property
    def member(self) -> str | None:
        """The name of this process there, None before `join` and after `leave`."""
        return self._member

    def after_fork(self) -> None:
        """Be no member: the parent is, and keeps its locks."""
        self._release()
        self._member = None

    def join(self) -> str:
        """Become a member, again if the directory was cleaned up since; return the member's name.

        Raises:
            OSError: the directory cannot be made or written, or belongs to another user.
        """
        if self._member is not None and self._is_there(self._member):
            os.utime(self._file(self._member, "alive"))
            return self._member
        self._release()
        self._make()
        self._member = self._member or f"{os.getpid()}-{secrets.token_hex(4)}"
        # The file is locked before it gets the name that others look for, so none takes it for that of a dead process.
        unborn = self._file(self._member, "unborn")
        self._alive = self._lock(unborn)
        self._alive.acquire(blocking=False)
        self._inode = unborn.stat().st_ino
        unborn.rename(self._file(self._member, "alive"))
        return self._member

    def leave(self, *, nothing_left: bool) -> None:
        """Stop being a member, and take the snapshot away when nothing in it is still to be published."""
        if self._member is not None and nothing_left:
            self.remove(self._member)
        self._release()
        self._member = None

    def remove(self, member: str) -> None:
        """Take away the files of a member that is dead, or of this one."""
        for kind in ("json", "alive"):
            self._file(member, kind).unlink(missing_ok=True)

    def write(self, snapshot: GaugeSnapshot) -> None:
        """Show this process's snapshot to the others."""
        if self._member is not None:
            self._replace(self._file(self._member, "json"), snapshot.dump())

    def members(self) -> dict[str, Member]:
        """Return all members by name; for the leader alone, as it asks by trying their locks."""
        names = sorted(path.stem for path in self.path.glob("*.alive"))
        return {name: Member(self._lives(name), self._snapshot(name)) for name in names}

    def read(self, name: str) -> str | None:
        """Return the text of a file that all members share, None where there is none."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (FileNotFoundError, ValueError):
            return None

    def replace(self, name: str, text: str) -> bool:
        """Write a file that all members share, for the leader alone; return False if another process replaced it."""
        if not self._leads():
            return False
        self._replace(self.path / name, text)
        return True

    @contextlib.contextmanager
    def leading(self, now: float, patience: float) -> Iterator[bool]:
        """Hold the leader lock, if no other process does; yields whether this process got it: then it publishes.

        Args:
            now: the time, in seconds since the epoch.
            patience: seconds after which a process that still holds the lock is frozen, and is replaced.
        """
        lock = self._lead() or self._replace_leader(now - patience)
        if lock is None:
            yield False
            return
        try:
            os.utime(self._leader, (now, now))
            self._leading_inode = self._leader.stat().st_ino
            yield True
        finally:
            self._leading_inode = 0
            lock.release()

    @property
    def _leader(self) -> Path:
        return self.path / "publisher.lock"

    def _lead(self) -> FileLock | None:
        return self._try(self._leader)

    def _replace_leader(self, taken_before: float) -> FileLock | None:
        """Take the lock from a process that has had it since before a time; one process at a time looks."""
        if (turn := self._try(self.path / "replacement.lock")) is None:
            return None
        try:
            if not self._leader.exists() or self._leader.stat().st_mtime >= taken_before:
                return None
            self._leader.unlink()
            return self._lead()
        finally:
            turn.release()

    def _leads(self) -> bool:
        try:
            return self._leader.stat().st_ino == self._leading_inode
        except FileNotFoundError:
            return False

    def _try(self, path: Path) -> FileLock | None:
        lock = self._lock(path)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return None
        return lock

    def _snapshot(self, member: str) -> GaugeSnapshot | None:
        try:
            return GaugeSnapshot.load(self._file(member, "json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def _file(self, member: str, kind: str) -> Path:
        return self.path / f"{member}.{kind}"

    def _is_there(self, member: str) -> bool:
        if self._alive is None:
            return False
        try:
            return self._file(member, "alive").stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _lives(self, member: str) -> bool:
        if member == self._member:
            return True
        if (lock := self._try(self._file(member, "alive"))) is None:
            return True
        lock.release()
        return False

    def _release(self) -> None:
        if self._alive is not None:
            self._alive.release(force=True)
            self._alive = None

    def _make(self) -> None:
        if not self._ours:
            self._root.mkdir(parents=True, exist_ok=True)
        for path in (self._root, self.path):
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=0o700)
                self._share(path, 0o770)
            self._check(path)

    def _lock(self, path: Path) -> FileLock:
        # Not one of a thread: the process takes it in one, and gives it back in another.
        return FileLock(path, mode=0o600 if self._ours else 0o660, thread_local=False)

    def _share(self, path: Path, mode: int) -> None:
        """Let the group in where the directory was chosen for that; the process's umask has no say."""
        if self._ours:
            return
        found = path.stat()
        if found.st_uid == os.getuid():
            path.chmod(mode | (found.st_mode & stat.S_ISGID))

    def _check(self, path: Path) -> None:
        """Refuse a directory that another user could have made: its content raises alarms, or silences them."""
        found = path.lstat() if self._ours else path.stat()
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(f"{path} is no directory: remove it, or pass another directory")
        if self._ours and (found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077):
            msg = (
                f"{path} belongs to user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}, expected "
                f"{os.getuid()} and 0700: remove it, or pass another directory"
            )
            raise PermissionError(msg)
        if stat.S_IMODE(found.st_mode) & _OTHERS_MAY_WRITE:
            msg = f"every user may write to {path}: remove that permission (chmod o-w), or pass another directory"
            raise PermissionError(msg)

    def _replace(self, path: Path, text: str) -> None:
        new = path.with_name(f"{path.name}.new-{os.getpid()}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            self._share(new, 0o660)
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
