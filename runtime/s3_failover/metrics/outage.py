"""Logs once that something does not work, and once that it works again."""

import logging

_log = logging.getLogger("s3_failover.metrics")


class HostOutage:
    """What does not work at the moment, if anything.

    Args:
        what: what it means, for example "metrics cannot be published".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._on = False

    def began(self, error: Exception) -> None:
        """Log a failure, unless the last try failed too."""
        if not self._on:
            self._on = True
            _log.warning("%s, and it is tried again in silence: %s: %s", self._what, type(error).__name__, error)

    def over(self) -> None:
        """Log that it works, unless the last try worked too."""
        if self._on:
            self._on = False
            _log.info("works again: %s no longer", self._what)
