"""Which alarms the stacks of a site define, by the names that they have after the site's."""

from collections.abc import Iterator

from s3_failover.config.model import Site
from s3_failover.names import alarms
from s3_failover.names.stacks import EDGE_REGION, StackRole

_OF_CHECKS = (alarms.FAILOVER, alarms.PRIMARY, alarms.DISTRIBUTION, alarms.SECONDARY, alarms.STRANDED)
_OF_EDGE = (*_OF_CHECKS, alarms.CDN_ERRORS, alarms.CERTIFICATE)
_BY_FUNCTION = (alarms.REPLICATION_LATENCY, alarms.REPLICATION_PENDING, alarms.REPLICATION_DEAD_LETTERS)
_BY_MONITOR = (alarms.MONITOR_FAILING, alarms.MONITOR_SILENT)
_ON_REQUESTS = (alarms.ALL_REGIONS_FAILING, alarms.EXHAUSTED, alarms.LOCAL_FAULTS, alarms.REFUSED)


def kinds(site: Site, role: StackRole, region: str) -> tuple[str, ...]:
    """Return the kinds of the alarms that the stack of a role in a region defines."""
    if role is StackRole.EDGE:
        return _of_edge(site)
    if role is StackRole.ALARMS:
        return (*_of_rules(site, region), *(_BY_MONITOR if region == site.monitor_region else ()))
    if role is StackRole.PRIMARY and not site.versioned:
        return _BY_FUNCTION
    return tuple(_of_clients(site)) if role is StackRole.CLIENTS else ()


def regions(site: Site, *, critical: bool) -> tuple[str, ...]:
    """Return the regions in which a site has critical alarms, or warnings."""
    found = [EDGE_REGION]
    if not critical:
        found += [site.primary_region, *(site.replica_regions if site.versioned else ())]
    if site.monitor_region is not None:
        found.append(site.monitor_region)
    if site.clients is not None:
        found.append(site.client_alarm_region)
    return tuple(dict.fromkeys(found))


def in_region(site: Site, region: str) -> frozenset[str]:
    """Return the names of all alarms that a site defines in a region."""
    here = (role for role, place in site.own_stacks if place == region)
    return frozenset(site.naming.alarm(kind) for role in here for kind in kinds(site, role, region))


def _of_edge(site: Site) -> tuple[str, ...]:
    return _OF_EDGE if site.secondary_capacity is None else (*_OF_EDGE, alarms.CAPACITY)


def _of_rules(site: Site, region: str) -> Iterator[str]:
    """Return failures in the source's region, delay in the destination's (S3 User Guide, repl-metrics)."""
    for route in site.routes:
        if route.source == region:
            yield alarms.of_rule(alarms.REPLICATION_FAILED, route.rule_id)
        if route.destination == region:
            yield alarms.of_rule(alarms.REPLICATION_LATENCY, route.rule_id)
            yield alarms.of_rule(alarms.REPLICATION_PENDING, route.rule_id)


def _of_clients(site: Site) -> Iterator[str]:
    yield from (*_ON_REQUESTS, alarms.METRICS_ABSENT)
    for region in site.regions:
        yield alarms.of_region(alarms.REGION_FAILING, region)
        yield alarms.of_region(alarms.REGION_MISCONFIGURED, region)
