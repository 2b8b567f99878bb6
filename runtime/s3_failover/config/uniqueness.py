"""The rules between sites: two of them may not own the same hostname, bucket or metrics."""

from collections.abc import Iterator, Sequence

from s3_failover.config.catalogue import Rule, Violation, rule
from s3_failover.config.checks import Examined
from s3_failover.config.literals import dotted, literal
from s3_failover.config.model import Site

HOSTNAME = rule("SITES-HOSTNAME-UNIQUE", "CloudFront refuses an alias twice and Route 53 a record twice")
BUCKET = rule("SITES-BUCKET-UNIQUE", "bucket names are global: two sites would write into one bucket")
ZONE = rule(
    "SITES-ZONE-UNIQUE", "two zones of one name: DNS asks the one that is delegated, and the other is never read"
)
STACKS = rule(
    "SITES-STACKS-UNIQUE", "two stacks of one name are one stack, and the second site would replace the first"
)
CLIENTS = rule("SITES-CLIENTS-UNIQUE", "the hosts of two sites would be counted as one fleet")

_NAMING = (
    *("hostname", "aliases", "primary_region", "replica_regions"),
    *("account", "primary_bucket", "existing", "secondary"),
)
_METRICS = ("replica_regions", "account", "clients.service", "clients.alarm_region")

_HOSTNAMES = ("hostname", "record_name", "aliases")
"""The settings whose names have records, but for a hostname beside a `record_name`."""


def between(sites: Sequence[Examined]) -> Iterator[Violation]:
    """Return what is wrong between sites; a setting that is already at fault is not looked at."""
    spelled = [each for each in sites if each.sound("hostname", "record_name") and "SITE-HOSTNAME" not in each.broken]
    yield from _hostnames([each.site for each in spelled])
    yield from _buckets([each.site for each in spelled if each.sound(*_NAMING)])
    yield from _zones([each.site for each in sites if each.sound("hosted_zone")])
    yield from _stacks([each.site for each in spelled if each.sound("stack_prefix", "account")])
    yield from _fleets([each.site for each in sites if each.sound(*_METRICS)])


def between_sites(sites: Sequence[Site]) -> Iterator[Violation]:
    """Return what is wrong between sites that are in order by themselves."""
    return between([Examined(site, (), frozenset()) for site in sites])


def _hostnames(sites: Sequence[Site]) -> Iterator[Violation]:
    owners: dict[str, Site] = {}
    for setting in _HOSTNAMES:
        for site in sites:
            for name in _names(site, setting):
                owner = owners.setdefault(name, site)
                if owner is not site:
                    yield _taken(HOSTNAME, site, setting, name, owner)
    https = [(site, each) for site in sites if site.secondary.kind.has_own_names for each in site.under_each_name]
    beside = {name: site for site, each in https for name in (each.endpoint_name, each.endpoint_check_name)}
    for site in sites:
        # Names beside two sites cannot meet, but a site's own can be one of them.
        for setting in _HOSTNAMES if site.record_name is None else _HOSTNAMES[1:]:
            for name in _names(site, setting):
                if beside.get(name, site) is not site:
                    yield _taken(HOSTNAME, site, setting, name, beside[name])


def _names(site: Site, setting: str) -> Sequence[str]:
    value = getattr(site, setting)
    return value if isinstance(value, tuple) else [value] if value is not None else []


def _buckets(sites: Sequence[Site]) -> Iterator[Violation]:
    """Names that are computed cannot meet (see `names.slug`): only a name that a site chooses can be another's."""
    chosen: dict[str, Site] = {}
    computed = {name: site for site in sites for name in _computed(site)}
    for site in sites:
        for setting, name in _chosen(site):
            owner = computed.get(name, chosen.setdefault(name, site))
            if owner is not site:
                yield _taken(BUCKET, site, setting, name, owner)


def _zones(sites: Sequence[Site]) -> Iterator[Violation]:
    owners: dict[str, Site] = {}
    for site in sites:
        if site.hosted_zone.create:
            owner = owners.setdefault(site.hosted_zone.name, site)
            if owner is not site:
                yield _taken(ZONE, site, "hosted_zone.name", site.hosted_zone.name, owner)


def _stacks(sites: Sequence[Site]) -> Iterator[Violation]:
    owners: dict[tuple[str | None, str], Site] = {}
    for site in sorted(sites, key=lambda each: each.stack_prefix is not None):
        owner = owners.setdefault((site.account, site.naming.stacks), site)
        if owner.hostname != site.hostname and site.stack_prefix is not None:
            yield _taken(STACKS, site, "stack_prefix", site.stack_prefix, owner)


def _fleets(sites: Sequence[Site]) -> Iterator[Violation]:
    owners: dict[tuple[str | None, str, str], Site] = {}
    for site in sites:
        if site.clients is None:
            continue
        service = site.client_service
        owner = owners.setdefault((site.account, site.client_alarm_region, service), site)
        if owner is not site:
            yield _taken(CLIENTS, site, "clients.service", service, owner)


def _computed(site: Site) -> set[str]:
    log_buckets = {*site.existing.log_buckets.values(), site.existing.cdn_log_bucket}
    made = {*site.names(site.account or "0" * 12).buckets, *site.redirects}
    return made - {name for _, name in _chosen(site)} - log_buckets


def _chosen(site: Site) -> list[tuple[str, str]]:
    """Return the settings that name a bucket with content, and the names; any number of sites may share log buckets."""
    first = site.existing.primary_bucket
    named = [("primary_bucket", site.primary_bucket), ("existing.primary_bucket", first)]
    named += [("existing.replica_buckets", name) for name in site.existing.replica_buckets.values()]
    return [(setting, name) for setting, name in named if name is not None and name != site.hostname]


def _taken(rule_: Rule, site: Site, field: str, value: str, owner: Site) -> Violation:
    theirs = dotted(("sites", owner.name))
    at = ("sites", site.name, *field.split("."))
    return Violation(rule_, at, literal(value), f"a value that {theirs} does not use", f"change it here or in {theirs}")
