"""What must happen to a site while something is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from s3_failover.config import Mode
from s3_failover.config.secondaries import SecondaryKind
from s3_failover.drill.kinds import Connects, ViewerKind
from s3_failover.names.alarms import DISTRIBUTION, FAILOVER, PRIMARY, SECONDARY, STRANDED


class Fails(StrEnum):
    """For how long viewers may fail."""

    NEVER = "never"
    BRIEFLY = "briefly"
    PARTLY = "partly"
    """Some requests, for as long as it lasts: what fails is too little for health checks to turn."""
    THROUGHOUT = "throughout"

    @property
    def _rank(self) -> int:
        return list(Fails).index(self)

    def better(self, other: Fails) -> Fails:
        """Return the shorter of two."""
        return min(self, other, key=lambda each: each._rank)


class DistributionState(StrEnum):
    """What a connection to the distribution is worth while something is broken."""

    SERVES = "serves"
    """The distribution serves, from whichever bucket."""
    ERRORS = "errors"
    """The distribution answers, with errors."""
    CLOSED = "closed"
    """The distribution takes no connections, and those that were open are gone."""
    NAMELESS = "nameless"
    """DNS has no name for the distribution: connections that are open serve on, new ones find no address."""


_SERVE_ON = (DistributionState.SERVES, DistributionState.NAMELESS)


@dataclass(frozen=True)
class Expected:
    """What must happen to one site while the faults last, where the secondary is an S3 website."""

    dns_moves: bool
    """Whether DNS must move to the secondary; where not, it must not move at all."""
    http_fails: Fails
    """Whether viewers over HTTP fail `never`, `briefly` (until the documented time is up), `partly` or `throughout`."""
    https_fails: Fails
    """The same over HTTPS."""
    alarms: frozenset[str]
    """Alarms that must go off and arrive, without the site's name in front."""
    quiet: frozenset[str]
    """Alarms that must not."""
    old_content: bool = False
    """Whether viewers may get old or no bytes of what was published last."""
    distribution: DistributionState = DistributionState.ERRORS
    """What the distribution does, which is all that viewers see who keep their connection to it."""

    def fails(self, kind: ViewerKind) -> Fails:
        """Return for how long viewers of a kind may fail."""
        own = self.http_fails if kind.scheme == "http" else self.https_fails
        if own is Fails.PARTLY:
            return own
        if kind.connects is Connects.KEPT and self.distribution in _SERVE_ON:
            return Fails.NEVER
        if kind.connects is Connects.KEPT and self.distribution is DistributionState.ERRORS:
            return Fails.THROUGHOUT
        if kind.connects is Connects.HTTPS_FIRST and not kind.remembers_hsts:
            return self.http_fails.better(self.https_fails)
        return own

    def with_secondary(self, kind: SecondaryKind) -> Expected:
        """Return what must happen with a kind of secondary: viewers are served over the schemes that it speaks."""
        served, lost = self.http_fails, self.https_fails
        http = served if kind.speaks_http else lost
        https = served if kind.speaks_https else lost
        return replace(self, http_fails=http, https_fails=https)


def expected(
    moves: bool,
    http: Fails,
    https: Fails,
    alarms: set[str],
    *,
    old_content: bool = False,
    distribution: DistributionState | None = None,
) -> Expected:
    """Return what must happen; the alarms that wake operators stay quiet where they must not go off.

    `distribution` is by default what viewers over HTTP see of it: it serves, or answers with errors.
    """
    watched = {FAILOVER, PRIMARY, SECONDARY, STRANDED}
    seen = DistributionState.SERVES if http is Fails.NEVER else DistributionState.ERRORS
    quiet = frozenset(watched - alarms)
    return Expected(moves, http, https, frozenset(alarms), quiet, old_content, distribution or seen)


# An S3 website speaks no TLS: once DNS has moved, viewers over HTTPS fail until it moves back.
PRIMARY_LOST = {
    Mode.DNS: expected(True, Fails.BRIEFLY, Fails.THROUGHOUT, {FAILOVER, PRIMARY, DISTRIBUTION}),
    Mode.HYBRID: expected(False, Fails.NEVER, Fails.NEVER, {PRIMARY}),
}
"""S3 in the primary region is lost; by mode, with a website secondary."""


def _distribution_lost(state: DistributionState) -> dict[Mode, Expected]:
    return {
        Mode.DNS: expected(True, Fails.BRIEFLY, Fails.THROUGHOUT, {FAILOVER, DISTRIBUTION}, distribution=state),
        Mode.HYBRID: expected(True, Fails.BRIEFLY, Fails.THROUGHOUT, {FAILOVER, DISTRIBUTION}, distribution=state),
    }


DISTRIBUTION_LOST = _distribution_lost(DistributionState.CLOSED)
"""The distribution takes no connections; by mode, with a website secondary."""

NAMES_LOST = _distribution_lost(DistributionState.NAMELESS)
"""DNS does not have the distribution's name; by mode, with a website secondary."""

REPLICA_LOST = dict.fromkeys(Mode, expected(False, Fails.NEVER, Fails.NEVER, {SECONDARY}))
"""The first replica's region is lost; by mode."""

BROWN_OUT = {
    Mode.DNS: expected(False, Fails.PARTLY, Fails.PARTLY, set()),
    Mode.HYBRID: expected(False, Fails.NEVER, Fails.NEVER, set()),
}
"""S3 in the primary region fails some requests, too few for health checks to turn; by mode, with any secondary."""
