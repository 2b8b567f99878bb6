"""All stacks of one site, in the order in which they must be deployed."""

from aws_cdk import App, Environment, Stack, Tags

from s3_failover import tags
from s3_failover.config import EDGE_REGION, Site, StackRole
from stacks.client_alarms_stack import ClientAlarmsStack
from stacks.edge_stack import EdgeStack
from stacks.primary_stack import PrimaryStack
from stacks.replica_stack import ReplicaStack
from stacks.replication_alarms_stack import ReplicationAlarmsStack
from stacks.zone_stack import ZoneStack


def add_site(app: App, site: Site) -> tuple[Stack, ...]:
    """Define a site's stacks: replicas first, then the primary, then the edge; alarms on clients wait for nobody.

    Fixed names hide the order from CDK, so it is declared: a replication rule needs its versioned destination, and
    health checks should find a health object from the start. A zone that is made has no name but the id that Route 53
    gives it: the edge, in the same region, imports that one value.
    """
    replicas = [
        ReplicaStack(
            app,
            site.naming.stack(StackRole.REPLICA, region),
            site=site,
            env=_replica_environment(site, region),
            region=region,
        )
        for region in site.replica_regions
    ]
    primary = PrimaryStack(
        app,
        site.naming.stack(StackRole.PRIMARY, site.primary_region),
        site=site,
        env=_environment(site, site.primary_region),
        # With all rules of many replicas an indented template is larger than CloudFormation takes.
        suppress_template_indentation=site.replication.two_way,
    )
    for replica in replicas:
        primary.add_stack_dependency(replica)
    zone = _zone(app, site)
    edge = EdgeStack(
        app,
        site.naming.stack(StackRole.EDGE, EDGE_REGION),
        site=site,
        made_zone=zone.zone if zone else None,
        env=_environment(site, EDGE_REGION),
    )
    edge.add_stack_dependency(primary)
    stacks = (*([zone] if zone else []), *replicas, primary, edge, *_alarms(app, site), *_client_alarms(app, site))
    for stack in stacks:
        Tags.of(stack).add(tags.SITE, site.hostname)
    return stacks


def _zone(app: App, site: Site) -> ZoneStack | None:
    if not site.hosted_zone.create:
        return None
    return ZoneStack(
        app, site.naming.stack(StackRole.ZONE, EDGE_REGION), site=site, env=_environment(site, EDGE_REGION)
    )


def _alarms(app: App, site: Site) -> list[Stack]:
    """Return the stacks with alarms on replicas that another account holds; else they are the replicas' own."""
    return [
        ReplicationAlarmsStack(
            app, site.naming.stack(StackRole.LAG, region), site=site, env=_environment(site, region), region=region
        )
        for region in (site.replica_regions if site.replica_account else ())
    ]


def _client_alarms(app: App, site: Site) -> list[Stack]:
    if site.clients is None:
        return []
    region = site.client_alarm_region
    name, env = site.naming.stack(StackRole.CLIENTS, region), _environment(site, region)
    return [ClientAlarmsStack(app, name, site=site, clients=site.clients, env=env)]


def _replica_environment(site: Site, region: str) -> Environment:
    return Environment(account=site.replica_account or site.account, region=region)


def _environment(site: Site, region: str) -> Environment:
    return Environment(account=site.account, region=region)
