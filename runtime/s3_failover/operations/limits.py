"""What sites use up of an account's quotas, from the configuration alone, and the quotas of an account by default."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from s3_failover.config import Site, ViewerHttps
from s3_failover.operations.buckets import wanted
from s3_failover.operations.cost.inventory import health_checks, viewer_functions
from s3_failover.results import part

DEFAULTS = {
    "health checks": 200,
    "distributions": 500,
    "CloudFront functions": 100,
    "response headers policies": 20,
    "origin request policies": 20,
    "origin access controls": 100,
    "IAM roles": 1_000,
    "buckets": 10_000,
}
"""The documented quotas of an account that never asked for more, by what they limit.

AWS: Route 53 Developer Guide, DNSLimitations; CloudFront Developer Guide, cloudfront-limits; IAM User Guide,
reference_iam-quotas; S3 User Guide, BucketRestrictions.
"""


@part
class Excess:
    """More than a new account may have: a default quota that the file's sites do not fit into."""

    account: str | None
    """Whose quota it is; null where the configuration names no account."""
    what: str
    """What is limited, in the plural."""
    needed: int
    """How many the account's sites need."""
    default: int
    """The documented quota."""
    fits: int
    """How many of the sites fit, in the file's order."""
    sites: int
    """How many sites the account has."""

    def __str__(self) -> str:
        where = f"account {self.account}" if self.account else "one account"
        return (
            f"{self.needed} {self.what} for {self.sites} sites in {where}: the default quota is {self.default}, enough "
            f"for the first {self.fits}; ask for more in Service Quotas, or spread the sites over accounts"
        )


def adds(site: Site, account: str) -> Counter[str]:
    """Return how much of each limited thing a site's deployment makes in the site's own account."""
    cdn = site.cdn
    headers = cdn.security_headers or cdn.content_security_policy or cdn.cors_origins
    return Counter(
        {
            "health checks": len(health_checks(site)),
            "distributions": 1,
            "CloudFront functions": viewer_functions(cdn),
            "response headers policies": int(bool(headers) or site.https is ViewerHttps.HSTS),
            "origin request policies": int(bool(cdn.allowed_countries or cdn.denied_countries)),
            "origin access controls": 1,
            "IAM roles": _roles(site),
            "buckets": sum(each.role is not None for each in wanted(site, account)),
        }
    )


def beyond_defaults(sites: Sequence[Site]) -> Iterator[Excess]:
    """Return which default quotas the sites of a file do not fit into, account by account."""
    accounts: dict[str | None, list[Counter[str]]] = defaultdict(list)
    for site in sites:
        accounts[site.account].append(adds(site, site.account or ""))
    for account, each in accounts.items():
        for what, default in DEFAULTS.items():
            needed = sum(one[what] for one in each)
            if needed > default:
                yield Excess(account, what, needed, default, _fitting([one[what] for one in each], default), len(each))


def _fitting(amounts: Sequence[int], limit: int) -> int:
    total = 0
    for count, amount in enumerate(amounts):
        total += amount
        if total > limit:
            return count
    return len(amounts)


def _roles(site: Site) -> int:
    back = 1 + len(site.replica_regions) if site.replication.two_way else 0
    return 3 + site.secondary.kind.has_own_names + back
