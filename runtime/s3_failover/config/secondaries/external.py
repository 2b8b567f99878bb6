"""Another provider's CDN, which reads the first replica."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3_failover.config.secondaries.kind import SecondaryEndpoint, SecondaryKind, SecondaryType
from s3_failover.names.stacks import StackRole

if TYPE_CHECKING:
    from s3_failover.config.model import Site


class External(SecondaryKind):
    """A CDN outside AWS; its stack makes the policy for the user with whose key it reads the bucket."""

    type = SecondaryType.EXTERNAL
    meaning = "another provider's CDN"
    endpoint = SecondaryEndpoint.OUTSIDE
    stack = StackRole.EXTERNAL
    is_ours = False

    def target(self, site: Site) -> str:
        """Return the name that the provider gave."""
        return str(site.secondary.hostname)
