"""How many sockets this process may have open: a connection through a gate needs three."""

import contextlib
import resource

WANTED = 8192
"""Enough for two thousand viewers at once; more than some systems give without being asked."""


def allow_many() -> None:
    """Raise the soft limit to the number wanted, or as far as the hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
