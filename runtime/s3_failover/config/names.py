"""Physical names, computed from hostname, account and region and used by everyone.

Stacks that agree on names need no cross-region reference, no export and no custom resource to find each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from s3_failover.config.spelling import RESERVED_PREFIXES

BUCKET_NAME_LENGTH = 63
"""S3's limit for a bucket name (S3 User Guide, bucketnamingrules)."""

_ACCOUNT_LENGTH = 12


@dataclass(frozen=True)
class Names:
    """The bucket names of one site in one account."""

    hostname: str
    account: str
    primary_region: str
    replica_regions: tuple[str, ...]
    primary_bucket: str | None = None
    replica_account: str | None = None
    secondary_is_website: bool = True
    replica_buckets: Mapping[str, str] = field(default_factory=dict)
    log_buckets: Mapping[str, str] = field(default_factory=dict)
    cdn_log_bucket: str | None = None

    @property
    def primary(self) -> str:
        """The primary bucket: never the hostname, and without dots so that it has TLS under its own name."""
        return self.primary_bucket or self._bucket("primary", self.primary_region)

    def replica(self, region: str) -> str:
        """The replica bucket of a region: a website secondary, the first, is named exactly like the hostname."""
        if self.secondary_is_website and region == self.replica_regions[0]:
            return self.hostname
        return self.replica_buckets.get(region) or self._bucket("replica", region)

    def copy(self, region: str) -> str:
        """The bucket that holds a region's copy: the primary or a replica."""
        return self.primary if region == self.primary_region else self.replica(region)

    def access_logs(self, region: str) -> str:
        """The bucket for the S3 access logs of a region, in the account of the bucket that is logged."""
        return self.log_buckets.get(region) or self._bucket("logs", region)

    @property
    def cdn_logs(self) -> str:
        """The bucket for the distribution's access logs, in us-east-1 where it is ours."""
        return self.cdn_log_bucket or self._bucket("cdnlogs", "us-east-1")

    @property
    def buckets(self) -> tuple[str, ...]:
        """All buckets of the site: the primary, the replicas and those for logs."""
        regions = (self.primary_region, *self.replica_regions)
        replicas = (self.replica(region) for region in self.replica_regions)
        return (self.primary, *replicas, *map(self.access_logs, regions), self.cdn_logs)

    def _bucket(self, role: str, region: str) -> str:
        # A role has no hyphen: the name of one hostname's bucket could otherwise be that of another's.
        room = BUCKET_NAME_LENGTH - len(role) - len(region) - _ACCOUNT_LENGTH - len("---")
        return "-".join((slug(self.hostname, room), role, self._owner(role, region), region))

    def _owner(self, role: str, region: str) -> str:
        is_replicas = region in self.replica_regions and role in ("replica", "logs")
        return (is_replicas and self.replica_account) or self.account


def slug(hostname: str, length: int) -> str:
    """Return a hostname as the first part of a bucket name: no dots, no reserved prefix, no two hostnames alike.

    A dot becomes one hyphen and a hyphen two. What is longer than `length` is cut and ends in a hash, after three
    hyphens, which nothing else has.
    """
    name = hostname.replace("-", "--").replace(".", "-")
    if name.startswith(RESERVED_PREFIXES):
        name = f"h---{name}"
    if len(name) <= length:
        return name
    digest = hashlib.sha256(hostname.encode()).hexdigest()[:10]
    return f"{name[: length - len(digest) - 3].rstrip('-')}---{digest}"
