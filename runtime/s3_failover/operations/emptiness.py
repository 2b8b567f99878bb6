"""Tells by one small listing whether a copy holds anything but the health object."""

from s3_failover.config import Site
from s3_failover.operations.account import Account
from s3_failover.operations.refusals import explained


def copies(site: Site, account: Account) -> dict[str, str]:
    """Return the names of a site's content buckets by region, the primary first."""
    names = site.names(account.id)
    return {region: names.copy(region) for region in site.regions}


def is_empty(site: Site, account: Account, region: str) -> bool:
    """Tell whether a copy holds nothing that replicas get, but for the health object.

    Two keys of each prefix that is copied are enough to know.
    """
    client, bucket = account.client("s3", region), copies(site, account)[region]
    with explained(f"list {bucket}"):
        for prefix in site.replication.prefixes or ("",):
            found = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=2).get("Contents", ())
            if any(each["Key"] != site.health_key for each in found):
                return False
    return True


def remedy(site: Site) -> str:
    """Return what fills a replica with what the primary holds."""
    return f"run `s3-failover backfill {site.name}`"
