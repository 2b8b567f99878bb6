"""All stacks of one site, in the order in which they must be deployed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from aws_cdk import Environment, Stack, Tags
from constructs import Construct

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.config import Site as SiteConfig
from s3_failover.names import tags
from s3_failover_stacks.alarms_stack import AlarmsStack
from s3_failover_stacks.client_alarms_stack import ClientAlarmsStack
from s3_failover_stacks.dashboard_stack import DashboardStack
from s3_failover_stacks.edge_stack import EdgeStack
from s3_failover_stacks.evacuation_stack import EvacuationStack
from s3_failover_stacks.external_stack import ExternalStack
from s3_failover_stacks.given import Given
from s3_failover_stacks.https_stack import HttpsStack
from s3_failover_stacks.notifications import SiteNotifications
from s3_failover_stacks.primary_stack import PrimaryStack
from s3_failover_stacks.replica_stack import ReplicaStack
from s3_failover_stacks.website_stack import WebsiteStack
from s3_failover_stacks.zone_stack import ZoneStack

_SECONDARIES: dict[StackRole, type[HttpsStack | ExternalStack]] = {
    StackRole.HTTPS: HttpsStack,
    StackRole.EXTERNAL: ExternalStack,
}
_OF_REPLICAS = (StackRole.WEBSITE, StackRole.REPLICA, *_SECONDARIES)
"""The stacks that are in the account of the replicas, where that is another one."""


@dataclass(frozen=True)
class SiteStacks:
    """The stacks of one site.

    Attributes:
        zone: the hosted zone, where it is made.
        replicas: the replica buckets that are made, by region.
        primary: the primary bucket and what copies from it.
        secondary: what serves the first replica to viewers, where its bucket does not do that itself.
        evacuation: the evacuation switch.
        edge: what stands between viewers and buckets, in us-east-1.
        alarms: the alarms on replication by S3, by region.
        clients: the alarms on the clients' gauges, where there are clients.
        dashboard: the dashboards, where the site has any.
    """

    zone: ZoneStack | None
    replicas: dict[str, WebsiteStack | ReplicaStack]
    primary: PrimaryStack
    secondary: HttpsStack | ExternalStack | None
    evacuation: EvacuationStack
    edge: EdgeStack
    alarms: dict[str, AlarmsStack]
    clients: ClientAlarmsStack | None
    dashboard: DashboardStack | None = None

    @property
    def all(self) -> tuple[Stack, ...]:
        """Every stack, in the order of the deployment."""
        middle = (self.primary, self.secondary, self.evacuation, self.edge)
        stacks = (self.zone, *self.replicas.values(), *middle, *self.alarms.values(), self.clients, self.dashboard)
        return tuple(stack for stack in stacks if stack is not None)


def site_stacks(scope: Construct, site: SiteConfig, given: Given) -> SiteStacks:
    """Define a site's stacks: replicas first, then the primary and the secondary, then the edge, at last the alarms.

    Fixed names hide the order from CDK, so it is declared: a replication rule needs its versioned destination, and
    health checks should find a health object from the start. An alarm that cannot be made, because SNS refuses an
    address for example, stops nothing that viewers need. A zone that is made has no name but the id that Route 53
    gives it: the edge, in the same region, imports that one value.

    Args:
        scope: where the stacks are.
        site: the site.
        given: what the app gives the site as objects.
    """
    notify = given.notifications
    zone = _zone(scope, site)
    made = SiteStacks(
        zone=zone,
        replicas={region: _replica(scope, site, region) for region in site.made_replicas},
        primary=_primary(scope, site, notify),
        secondary=_secondary(scope, site),
        evacuation=_evacuation(scope, site),
        edge=_edge(scope, site, zone, given),
        alarms=_alarms(scope, site, notify),
        clients=_clients(scope, site, notify),
    )
    made = replace(made, dashboard=_dashboard(scope, site, made))
    _order(made)
    for stack in made.all:
        if given.termination_protection is not None:
            stack.termination_protection = given.termination_protection
        for key, value in {**site.tags, tags.SITE: site.hostname}.items():
            # The stack's own tags say whose it is; CDK gives a stack none of the tags of its resources.
            stack.tags.set_tag(key, value)
            Tags.of(stack).add(key, value)
    return made


def _placed(site: SiteConfig, role: StackRole, region: str) -> dict[str, Any]:
    """Return the arguments of a stack of a role: its name tells the commands what it is, wherever the site is."""
    account = (site.replica_account if role in _OF_REPLICAS else None) or site.account
    return {
        "construct_id": f"{role}-{region}",
        "site": site,
        "stack_name": site.naming.stack(role, region),
        "env": Environment(account=account, region=region),
    }


def _zone(scope: Construct, site: SiteConfig) -> ZoneStack | None:
    return ZoneStack(scope, **_placed(site, StackRole.ZONE, EDGE_REGION)) if site.hosted_zone.create else None


def _replica(scope: Construct, site: SiteConfig, region: str) -> WebsiteStack | ReplicaStack:
    role = site.replica_role(region)
    kind: type[WebsiteStack | ReplicaStack] = WebsiteStack if role is StackRole.WEBSITE else ReplicaStack
    protected = region in site.protected_regions
    return kind(scope, region=region, termination_protection=protected, **_placed(site, role, region))


def _primary(scope: Construct, site: SiteConfig, notify: SiteNotifications | None) -> PrimaryStack:
    return PrimaryStack(
        scope,
        notify=notify,
        # With all rules of many replicas an indented template is larger than CloudFormation takes.
        suppress_template_indentation=site.replication.two_way,
        termination_protection=site.primary_region in site.protected_regions,
        **_placed(site, site.primary_role, site.primary_region),
    )


def _secondary(scope: Construct, site: SiteConfig) -> HttpsStack | ExternalStack | None:
    """Return what serves the first replica to viewers, where that is more than its bucket."""
    role, region = site.secondary_role, site.replica_regions[0]
    return None if role is None else _SECONDARIES[role](scope, region=region, **_placed(site, role, region))


def _evacuation(scope: Construct, site: SiteConfig) -> EvacuationStack:
    region = site.replica_regions[0]
    return EvacuationStack(scope, region=region, **_placed(site, StackRole.EVACUATION, region))


def _edge(scope: Construct, site: SiteConfig, zone: ZoneStack | None, given: Given) -> EdgeStack:
    return EdgeStack(
        scope,
        notify=given.notifications,
        certificate=given.certificate,
        cdn=given.cdn,
        made_zone=zone.zone if zone else None,
        # A protected stack whose first creation failed cannot be deleted, and so not be created again.
        termination_protection=site.distribution_id is not None,
        **_placed(site, StackRole.EDGE, EDGE_REGION),
    )


def _alarms(scope: Construct, site: SiteConfig, notify: SiteNotifications | None) -> dict[str, AlarmsStack]:
    """Return the stacks with alarms on replication by S3; those on the function that copies are the primary's own."""
    regions = (site.primary_region, *site.replica_regions) if site.versioned else ()
    return {
        region: AlarmsStack(scope, region=region, notify=notify, **_placed(site, StackRole.ALARMS, region))
        for region in regions
    }


def _clients(scope: Construct, site: SiteConfig, notify: SiteNotifications | None) -> ClientAlarmsStack | None:
    if site.clients is None:
        return None
    placed = _placed(site, StackRole.CLIENTS, site.client_alarm_region)
    return ClientAlarmsStack(scope, clients=site.clients, notify=notify, **placed)


def _dashboard(scope: Construct, site: SiteConfig, made: SiteStacks) -> DashboardStack | None:
    if not (site.dashboard or site.on_dashboard):
        return None
    return DashboardStack(scope, stacks=made.all, **_placed(site, StackRole.DASHBOARD, site.dashboard_region))


def _order(made: SiteStacks) -> None:
    """Declare what is deployed after what."""
    content: list[Stack] = [stack for stack in (made.primary, made.secondary, made.evacuation) if stack]
    last: list[Stack] = [stack for stack in (*made.alarms.values(), made.clients, made.dashboard) if stack]
    for stacks, others in ((content, made.replicas.values()), ([made.edge], content), (last, [made.edge])):
        _after(stacks, others)


def _after(stacks: Iterable[Stack], others: Iterable[Stack]) -> None:
    for stack in stacks:
        for other in others:
            stack.add_stack_dependency(other)
