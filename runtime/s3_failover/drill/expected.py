"""What must happen to a site while something is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from s3_failover.config.secondaries import SecondaryKind
from s3_failover.names.alarms import FAILOVER, PRIMARY, SECONDARY, STRANDED


class Fails(StrEnum):
    """For how long viewers may fail."""

    NEVER = "never"
    BRIEFLY = "briefly"
    THROUGHOUT = "throughout"


@dataclass(frozen=True)
class Expected:
    """What must happen to one site while the faults last, where the secondary is an S3 website."""

    dns_moves: bool
    """Whether DNS must move to the secondary; where not, it must not move at all."""
    http_fails: Fails
    """Whether viewers over HTTP fail `never`, `briefly` (until the documented time is up) or `throughout`."""
    https_fails: Fails
    """The same over HTTPS."""
    alarms: frozenset[str]
    """Alarms that must go off and arrive, without the site's name in front."""
    quiet: frozenset[str]
    """Alarms that must not."""
    old_content: bool = False
    """Whether viewers may get old or no bytes of what was published last."""

    def with_secondary(self, kind: SecondaryKind) -> Expected:
        """Return what must happen with a kind of secondary: viewers are served over the schemes that it speaks."""
        served, lost = self.http_fails, self.https_fails
        http = served if kind.speaks_http else lost
        https = served if kind.speaks_https else lost
        return replace(self, http_fails=http, https_fails=https)


def expected(moves: bool, http: Fails, https: Fails, alarms: set[str], *, old_content: bool = False) -> Expected:
    """Return what must happen; the alarms that wake operators stay quiet where they must not go off."""
    watched = {FAILOVER, PRIMARY, SECONDARY, STRANDED}
    return Expected(moves, http, https, frozenset(alarms), frozenset(watched - alarms), old_content)
