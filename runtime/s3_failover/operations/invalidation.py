"""Drops what a site's distribution has cached; what CloudFront cannot be asked for now is owed, and no error."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from s3_failover.config import Site
from s3_failover.names.stacks import Output
from s3_failover.operations.account import Account
from s3_failover.operations.cdn import REFERENCE, Cdn
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.refusals import UnavailableError
from s3_failover.operations.together import Later


def cdn_of(site: Site, account: Account, reference: str = REFERENCE) -> Cdn:
    """Return the cache of a site's distribution; raise UserError without the stack that names it."""
    deployed = Deployment(site, account)
    distribution = site.distribution_id or deployed.outputs()[Output.DISTRIBUTION_ID]
    return Cdn(deployed.client("cloudfront"), distribution, site.index_document, reference)


@dataclass(frozen=True)
class Invalidating:
    """How to invalidate.

    `seconds` is how long to wait until it is complete, 0 not to; `silence` after how long without an answer it is owed.
    """

    seconds: float
    silence: float
    say: Callable[[str], None]

    def drop(self, cdn: Cdn, keys: Collection[str]) -> tuple[tuple[str, ...], str]:
        """Drop what is cached of some keys; return the paths, and why it is owed if it is.

        Raises:
            UserError: CloudFront refuses, or it takes too long.
        """
        if not keys:
            return (), ""
        paths = cdn.paths(keys)
        try:
            invalidation = Later(lambda: cdn.invalidate(paths)).within(2 * self.silence)
        except UnavailableError as error:
            return (), f"not invalidated: {error}"
        return tuple(paths), self._until_complete(cdn, invalidation)

    def _until_complete(self, cdn: Cdn, invalidation: str) -> str:
        try:
            if self.seconds:
                wait = Later(lambda: cdn.wait(invalidation, seconds=self.seconds, say=self.say))
                wait.within(self.seconds + 2 * self.silence)
        except UnavailableError as error:
            return f"CloudFront has the invalidation {invalidation}, and cannot say whether it is complete: {error}"
        return ""
