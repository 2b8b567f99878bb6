"""An API in the first replica's region, which serves a private bucket under the hostname, over HTTPS only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3_failover.config.secondaries.kind import SecondaryEndpoint, SecondaryKind, SecondaryType
from s3_failover.names.stacks import StackRole

if TYPE_CHECKING:
    from s3_failover.config.model import Site


class Https(SecondaryKind):
    """API Gateway in front of a function that reads the first replica."""

    type = SecondaryType.HTTPS
    meaning = "an API in the first replica's region that serves a private bucket under the hostname, over HTTPS only"
    endpoint = SecondaryEndpoint.API
    sender = "API Gateway"
    stack = StackRole.HTTPS
    speaks_http = False
    has_own_names = True
    capacity = 10_000  # the account's default in a region (API Gateway Developer Guide, http-api-quotas)

    def target(self, site: Site) -> str:
        """Return the name that its stack leads to the API."""
        return site.endpoint_name

    def check_name(self, site: Site) -> str:
        """Return a name of its own: the API knows the target's by the hostname alone."""
        return site.endpoint_check_name

    def is_named(self, site: Site, name: str) -> bool:
        """Return whether a name is the target, or at an apex the API's own, to which an alias leads past it."""
        api = f".execute-api.{site.replica_regions[0]}.amazonaws.com"
        return name == self.target(site) or (site.is_apex and name.endswith(api))
