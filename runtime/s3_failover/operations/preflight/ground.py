"""What every look of a preflight starts from: the file, the account, and the stacks that are deployed already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.resolver

from s3_failover.config import EDGE_REGION, Site, StackRole
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Deployment, Stack

DEFAULT_QUALIFIER = "hnb659fds"
"""The qualifier of a bootstrap where none is chosen (CDK Developer Guide, bootstrapping-customizing)."""


@dataclass(frozen=True)
class PreflightPlan:
    """What is to be deployed, and how the world is asked about it."""

    site: Site
    sites: tuple[Site, ...] = ()
    """All sites of the file, which are deployed together."""
    qualifier: str = DEFAULT_QUALIFIER
    """Of the bootstrap that the CDK project uses."""
    resolver: dns.resolver.Resolver | None = None
    """Asks the world's DNS; by default as this machine does."""
    asks_dns: bool = True
    """Whether the world's DNS is asked at all."""


@dataclass(frozen=True)
class Ground:
    """A plan, the account, and what is deployed there. Each part may be the reason why it could not be looked at."""

    plan: PreflightPlan
    account: Account
    enabled: frozenset[str] | UserError = frozenset()
    """The regions that the account may use."""
    stacks: Mapping[tuple[StackRole, str], Stack | UserError] = field(default_factory=dict)
    """The site's own stacks, by role and region."""
    listed: Mapping[str, tuple[Mapping[str, Any], ...] | UserError] = field(default_factory=dict)
    """All stacks of a region, as CloudFormation describes them."""

    @property
    def site(self) -> Site:
        """The site that is looked at."""
        return self.plan.site

    @property
    def deployment(self) -> Deployment:
        """The site as it is deployed."""
        return Deployment(self.site, self.account)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of the site's stacks in its own account."""
        return regions(self.site)

    def client(self, service: str, region: str = EDGE_REGION) -> Any:
        """Return a client; global services are asked in us-east-1."""
        return self.account.client(service, region)

    def may_use(self, region: str) -> bool:
        """Return whether the account may use a region; where that is not known, it is tried."""
        return isinstance(self.enabled, UserError) or region in self.enabled

    def stack(self, role: StackRole, region: str) -> Stack:
        """Return one of the site's stacks; one that is not there has no status."""
        found = self.stacks.get((role, region))
        if isinstance(found, UserError):
            raise found
        return found or Stack(role, self.site.naming.stack(role, region), region, "")

    def has(self, role: StackRole, region: str, kind: str, name: str = "") -> bool:
        """Return whether one of the site's stacks has a resource of a type, and of a name where one is given."""
        return any(not name or physical == name for physical in self.stack(role, region).of(kind))

    @property
    def zone_id(self) -> str:
        """The hosted zone's id; empty where the site makes the zone and has not yet."""
        if self.site.hosted_zone.id is not None:
            return self.site.hosted_zone.id
        made = self.stack(StackRole.ZONE, EDGE_REGION).of("AWS::Route53::HostedZone")
        return next(made, "")

    @property
    def distribution_id(self) -> str:
        """The id of the distribution that is deployed; empty if there is none."""
        made = self.stack(StackRole.EDGE, EDGE_REGION).of("AWS::CloudFront::Distribution")
        return next(made, "")


def regions(site: Site) -> tuple[str, ...]:
    """Return the regions of a site's stacks in its own account, each once."""
    replicas = site.replica_regions if site.replica_account is None or site.versioned else ()
    clients = (site.client_alarm_region,) if site.clients is not None else ()
    return tuple(dict.fromkeys((site.primary_region, *replicas, EDGE_REGION, *clients)))
