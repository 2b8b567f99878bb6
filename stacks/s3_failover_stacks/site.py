"""All stacks of one site, in the order in which they must be deployed."""

from collections.abc import Iterable

from aws_cdk import App, Environment, Stack, Tags

from s3_failover.config import EDGE_REGION, Site, StackRole
from s3_failover.names import tags
from s3_failover_stacks.alarms_stack import AlarmsStack
from s3_failover_stacks.client_alarms_stack import ClientAlarmsStack
from s3_failover_stacks.edge_stack import EdgeStack
from s3_failover_stacks.external_stack import ExternalStack
from s3_failover_stacks.https_stack import HttpsStack
from s3_failover_stacks.primary_stack import PrimaryStack
from s3_failover_stacks.replica_stack import ReplicaStack
from s3_failover_stacks.website_stack import WebsiteStack
from s3_failover_stacks.zone_stack import ZoneStack

_SECONDARIES = {StackRole.HTTPS: HttpsStack, StackRole.EXTERNAL: ExternalStack}


def add_site(app: App, site: Site) -> tuple[Stack, ...]:
    """Define a site's stacks: replicas first, then the primary and the secondary, then the edge, at last the alarms.

    Fixed names hide the order from CDK, so it is declared: a replication rule needs its versioned destination, and
    health checks should find a health object from the start. An alarm that cannot be made, because SNS refuses an
    address for example, stops nothing that viewers need. A zone that is made has no name but the id that Route 53
    gives it: the edge, in the same region, imports that one value.
    """
    replicas = [_replica(app, site, region) for region in site.made_replicas]
    primary = _primary(app, site)
    secondary = _secondary(app, site)
    zone = _zone(app, site)
    edge = _edge(app, site, zone)
    for stack in (primary, *secondary):
        _after(stack, replicas)
    _after(edge, (primary, *secondary))
    alarms = (*_alarms(app, site), *_client_alarms(app, site))
    for stack in alarms:
        _after(stack, (edge,))
    stacks = (*zone, *replicas, primary, *secondary, edge, *alarms)
    for stack in stacks:
        for key, value in {**site.tags, tags.SITE: site.hostname}.items():
            # The stack's own tags say whose it is; CDK gives a stack none of the tags of its resources.
            stack.tags.set_tag(key, value)
            Tags.of(stack).add(key, value)
    return stacks


def _replica(app: App, site: Site, region: str) -> Stack:
    role = site.replica_role(region)
    kind = WebsiteStack if role is StackRole.WEBSITE else ReplicaStack
    return kind(
        app,
        site.naming.stack(role, region),
        site=site,
        region=region,
        env=Environment(account=site.replica_account or site.account, region=region),
        termination_protection=region in site.protected_regions,
    )


def _primary(app: App, site: Site) -> Stack:
    return PrimaryStack(
        app,
        site.naming.stack(site.primary_role, site.primary_region),
        site=site,
        env=_environment(site, site.primary_region),
        # With all rules of many replicas an indented template is larger than CloudFormation takes.
        suppress_template_indentation=site.replication.two_way,
        termination_protection=site.primary_region in site.protected_regions,
    )


def _secondary(app: App, site: Site) -> tuple[Stack, ...]:
    """Return what serves the first replica to viewers, where that is more than its bucket."""
    role = site.secondary_role
    if role is None:
        return ()
    region = site.replica_regions[0]
    env = Environment(account=site.replica_account or site.account, region=region)
    return (_SECONDARIES[role](app, site.naming.stack(role, region), site=site, region=region, env=env),)


def _zone(app: App, site: Site) -> tuple[ZoneStack, ...]:
    if not site.hosted_zone.create:
        return ()
    name = site.naming.stack(StackRole.ZONE, EDGE_REGION)
    return (ZoneStack(app, name, site=site, env=_environment(site, EDGE_REGION)),)


def _edge(app: App, site: Site, zone: tuple[ZoneStack, ...]) -> Stack:
    return EdgeStack(
        app,
        site.naming.stack(StackRole.EDGE, EDGE_REGION),
        site=site,
        made_zone=zone[0].zone if zone else None,
        env=_environment(site, EDGE_REGION),
        # A protected stack whose first creation failed cannot be deleted, and so not be created again.
        termination_protection=site.distribution_id is not None,
    )


def _alarms(app: App, site: Site) -> list[Stack]:
    """Return the stacks with alarms on replication by S3; those on the function that copies are the primary's own."""
    regions = (site.primary_region, *site.replica_regions) if site.versioned else ()
    return [
        AlarmsStack(
            app,
            site.naming.stack(StackRole.ALARMS, region),
            site=site,
            region=region,
            env=_environment(site, region),
        )
        for region in regions
    ]


def _client_alarms(app: App, site: Site) -> list[Stack]:
    if site.clients is None:
        return []
    region = site.client_alarm_region
    name, env = site.naming.stack(StackRole.CLIENTS, region), _environment(site, region)
    return [ClientAlarmsStack(app, name, site=site, clients=site.clients, env=env)]


def _after(stack: Stack, others: Iterable[Stack]) -> None:
    for other in others:
        stack.add_stack_dependency(other)


def _environment(site: Site, region: str) -> Environment:
    return Environment(account=site.account, region=region)
