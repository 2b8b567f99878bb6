"""The buckets that a site needs, from the configuration alone: which it makes, and which must be there already."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3_failover.config import EDGE_REGION, Site, StackRole


@dataclass(frozen=True)
class WantedBucket:
    """A bucket that the site needs in its own account.

    `role` is that of the stack that makes it; None for a bucket that must be there already.
    """

    name: str
    region: str
    role: StackRole | None


def wanted(site: Site, account: str) -> Iterator[WantedBucket]:
    """Return the buckets that a site needs in its own account, those for logs included."""
    names, existing = site.names(account), site.existing
    primary = None if existing.primary_bucket else StackRole.PRIMARY
    yield WantedBucket(names.primary, site.primary_region, primary)
    if primary and site.access_logs:
        yield _logs(site, account, primary, site.primary_region)
    for region in site.replica_regions if site.replica_account is None else ():
        role = None if region in existing.replica_buckets else site.replica_role(region)
        yield WantedBucket(names.replica(region), region, role)
        if role and site.access_logs:
            yield _logs(site, account, role, region)
    for alias in site.redirects if site.replica_account is None else ():
        yield WantedBucket(alias, site.replica_regions[0], StackRole.WEBSITE)
    yield WantedBucket(names.evacuation, site.replica_regions[0], StackRole.EVACUATION)
    if site.access_logs:
        yield WantedBucket(names.cdn_logs, EDGE_REGION, None if existing.cdn_log_bucket else StackRole.EDGE)


def _logs(site: Site, account: str, role: StackRole, region: str) -> WantedBucket:
    made = region not in site.existing.log_buckets
    return WantedBucket(site.names(account).access_logs(role, region), region, role if made else None)
