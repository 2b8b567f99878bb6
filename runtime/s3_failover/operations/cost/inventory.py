"""What a site's stacks define that costs money as long as it is there: counted from the configuration alone.

Tests compare these counts with the synthesized templates: a change that adds an alarm changes them here, too.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from s3_failover.config import EDGE_REGION, CdnSettings, Site
from s3_failover.config.alarms import kinds
from s3_failover.config.secondaries import SecondaryEndpoint
from s3_failover.names.alarms import STRANDED
from s3_failover.operations.cost.quantity import Basis

BASIC_DASHBOARD = 50
"""Metrics of a dashboard that three of are free (CloudWatch User Guide, cloudwatch_billing)."""


@dataclass(frozen=True)
class CheckInUse:
    """A health check as Route 53 charges for it."""

    endpoint: SecondaryEndpoint
    options: tuple[str, ...] = ()
    """The options that cost extra: `https`, `fast`, `string match`, `latency`."""
    interval: int = 30
    """Seconds between two requests of a checker."""


@dataclass(frozen=True)
class Inventory:
    """What a site costs money for, by the regions that AWS bills."""

    health_checks: Mapping[str, CheckInUse]
    """All checks, by what they watch."""
    made_zones: int
    """Hosted zones that the site makes."""
    alarms: Mapping[str, int]
    """Metrics that alarms watch, by region; no alarm has metric math, so each watches one."""
    composite_alarms: Mapping[str, int]
    """By region."""
    topic_keys: Mapping[str, int]
    """Keys of the alarms' topics, by region."""
    content_keys: Mapping[str, int]
    """Keys of the content, by region."""
    replication_metrics: Mapping[str, int]
    """What S3 publishes about the rules, by region."""
    client_metrics: int
    """What the clients' hosts publish, in their alarms' region."""
    dashboards: int
    """With at most 50 metrics, as AWS bills them."""
    large_dashboards: int
    """With more."""
    viewer_functions: int
    """How many run for a viewer's request."""
    checks_basis: Basis = Basis.COUNTED
    """Where the health checks were counted."""


def inventory(site: Site) -> Inventory:
    """Return what the stacks of a site define."""
    return Inventory(
        health_checks=health_checks(site),
        made_zones=int(site.hosted_zone.create),
        alarms=_alarms(site),
        composite_alarms={EDGE_REGION: 1},
        topic_keys=_topics(site),
        # Configuration refuses keys together with buckets that are there already.
        content_keys=dict.fromkeys(site.regions, 1) if site.key_alias else {},
        replication_metrics=_replication_metrics(site),
        client_metrics=6 * copies(site) + 5 if site.clients else 0,
        dashboards=bool(site.on_dashboard) + (bool(site.dashboard) and not _has_large_dashboard(site)),
        large_dashboards=int(_has_large_dashboard(site)),
        viewer_functions=viewer_functions(site.cdn),
    )


def copies(site: Site) -> int:
    """Return how many regions hold the content."""
    return 1 + len(site.replica_regions)


def health_checks(site: Site) -> dict[str, CheckInUse]:
    """Return the checks of a site, by what they watch."""
    speed = ("fast",) if site.health_check_interval < 30 else ()
    interval = site.health_check_interval
    secure = ("https",) if site.secondary.kind.speaks_https else ()
    return {
        "primary": CheckInUse(SecondaryEndpoint.S3, ("https", *speed), interval),
        "distribution": CheckInUse(SecondaryEndpoint.DISTRIBUTION, ("https", *speed), interval),
        "secondary": CheckInUse(site.secondary.kind.endpoint, (*secure, *speed), interval),
        "evacuation": CheckInUse(SecondaryEndpoint.S3, ("https",)),
        "failover": CheckInUse(SecondaryEndpoint.CALCULATED),
    }


def _alarms(site: Site) -> Counter[str]:
    found: Counter[str] = Counter()
    for role, region in site.own_stacks:
        found[region] += len(set(kinds(site, role, region)) - {STRANDED})
    return +found


def _has_large_dashboard(site: Site) -> bool:
    """Return whether the site's own dashboard has more than 50 metrics; the one over all sites has none."""
    return bool(site.dashboard) and _alarms(site).total() > BASIC_DASHBOARD


def _topics(site: Site) -> Counter[str]:
    replicas = site.replica_regions if site.versioned else ()
    clients = (site.client_alarm_region,) if site.clients else ()
    return Counter((EDGE_REGION, site.primary_region, *replicas, *clients))


def _replication_metrics(site: Site) -> Counter[str]:
    """Return latency, bytes and operations pending in the destination's region, failures in the source's.

    S3 User Guide, repl-metrics.
    """
    found: Counter[str] = Counter()
    for route in site.routes if site.versioned else ():
        found[route.destination] += 3
        found[route.source] += 1
    return found


def viewer_functions(cdn: CdnSettings) -> int:
    """Return how many CloudFront functions run for a viewer's request."""
    countries = cdn.allowed_countries or cdn.denied_countries
    answers = (cdn.maintenance and cdn.maintenance_page) or cdn.object_redirects
    asks = cdn.directories != "off" or cdn.single_page_app or cdn.maintenance or countries or cdn.cors_origins
    return (1 + bool(answers)) if asks or answers else 0
