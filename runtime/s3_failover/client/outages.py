"""An outage of every region that one process of a host met, known to the others for some seconds.

Its sign is an empty file of the user's in the temporary directory, `s3-failover-UID-HASH.outage`: how old it is says
when the outage was met last.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from s3_failover.client.region import Region

SECONDS = 5.0
"""For how long it counts: as long as a first ejection."""

_FLAGS = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Outage:
    """What this host's processes know about an outage of all of these regions."""

    def __init__(self, regions: Iterable[Region]) -> None:
        places = sorted(f"{region.name} {region.bucket} {region.endpoint_url}" for region in regions)
        self._hash = hashlib.sha256("\n".join(places).encode()).hexdigest()[:16]

    @property
    def is_remembered(self) -> bool:
        """Whether a process has met it a few seconds ago."""
        try:
            found = self._path.lstat()
        except OSError:
            return False
        ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
        return ours and stat.S_ISREG(found.st_mode) and abs(time.time() - found.st_mtime) < SECONDS

    def remember(self) -> None:
        """Let the other processes know of it. If they cannot, each finds out for itself."""
        with contextlib.suppress(OSError):
            os.close(os.open(self._path, _FLAGS, 0o600))
            os.utime(self._path, follow_symlinks=False)

    def forget(self) -> None:
        """Let them know that it is over."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    @property
    def _path(self) -> Path:
        user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
        return Path(tempfile.gettempdir()) / f"s3-failover{user}-{self._hash}.outage"
