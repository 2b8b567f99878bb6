"""What must happen to a site while something is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from s3_failover.config import SecondaryType

FAILOVER = "failover-unhealthy"
PRIMARY = "primary-unhealthy"
DISTRIBUTION = "distribution-unhealthy"
SECONDARY = "secondary-unhealthy"
STRANDED = "no-healthy-leg"


class Fails(StrEnum):
    """For how long viewers may fail."""

    NEVER = "never"
    BRIEFLY = "briefly"
    THROUGHOUT = "throughout"


@dataclass(frozen=True)
class Expected:
    """What must happen to one site while the faults last, where the secondary is an S3 website.

    Attributes:
        dns_moves: whether DNS must move to the secondary; where not, it must not move at all.
        http_fails: whether viewers over HTTP fail `never`, `briefly` (until the documented time is up) or `throughout`.
        https_fails: the same over HTTPS.
        alarms: alarms that must go off and arrive, without the site's name in front.
        quiet: alarms that must not.
        old_content: whether viewers may get old or no bytes of what was published last.
    """

    dns_moves: bool
    http_fails: Fails
    https_fails: Fails
    alarms: frozenset[str]
    quiet: frozenset[str]
    old_content: bool = False

    def by_secondary(self, kind: SecondaryType) -> Expected:
        """Return what must happen by what the secondary speaks: HTTP alone, as this says, HTTPS alone, or both.

        Where it speaks both, nobody fails longer than others, nor do viewers over HTTP whom the distribution redirects:
        they are HTTPS viewers by then.
        """
        served, lost = self.http_fails, self.https_fails
        match kind:
            case SecondaryType.WEBSITE:
                return self
            case SecondaryType.HTTPS:
                return replace(self, http_fails=lost, https_fails=served)
            case SecondaryType.EXTERNAL:
                return replace(self, https_fails=served)


def expected(moves: bool, http: Fails, https: Fails, alarms: set[str], *, old_content: bool = False) -> Expected:
    """Return what must happen; the alarms that people are woken by stay quiet where they must not go off."""
    watched = {FAILOVER, PRIMARY, SECONDARY, STRANDED}
    return Expected(moves, http, https, frozenset(alarms), frozenset(watched - alarms), old_content)
