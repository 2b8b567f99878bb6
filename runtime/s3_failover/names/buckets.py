"""The names of a site's buckets, and how a hostname becomes a part of other names."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from s3_failover.names.stacks import EDGE_REGION, StackRole

BUCKET_NAME_LENGTH = 63
"""S3's limit for a bucket name (S3 User Guide, bucketnamingrules)."""

RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
"""What no bucket name may start with (S3 User Guide, bucketnamingrules)."""

_ACCOUNT_LENGTH = 12

DIGEST_LENGTH = 10
"""How long the hash is that stands for what is cut off a hostname."""


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
        """The primary bucket; one that the site makes has no dots, so that it has TLS under its own name."""
        return self.primary_bucket or self._bucket("primary", self.primary_region)

    def any_primary(self, regions: Iterable[str]) -> str:
        """Return what the name of the primary bucket starts with in whichever region it is, where the site makes it."""
        names = [replace(self, primary_bucket=None, primary_region=region).primary for region in regions]
        return os.path.commonprefix(names)  # noqa: RUF071 - names, not paths

    def replica(self, region: str) -> str:
        """The replica bucket of a region: a website secondary, the first, is named exactly like the hostname."""
        if self.secondary_is_website and region == self.replica_regions[0]:
            return self.hostname
        return self.replica_buckets.get(region) or self._bucket("replica", region)

    def copy(self, region: str) -> str:
        """The bucket that holds a region's copy: the primary or a replica."""
        return self.primary if region == self.primary_region else self.replica(region)

    def access_logs(self, role: StackRole, region: str) -> str:
        """The bucket for the S3 access logs of the bucket that a stack of a role makes in a region.

        The role is part of the name: a region that becomes another one's place finds no log bucket in its way.
        """
        return self.log_buckets.get(region) or self._bucket(f"{role}logs", region)

    @property
    def cdn_logs(self) -> str:
        """The bucket for the distribution's access logs, in us-east-1 where the site makes it."""
        return self.cdn_log_bucket or self._bucket("cdnlogs", EDGE_REGION)

    @property
    def evacuation(self) -> str:
        """The bucket of the evacuation switch, in the first replica's region."""
        return self._bucket("evacuation", self.replica_regions[0])

    def replica_role(self, region: str) -> StackRole:
        """The role of the stack that makes a region's replica bucket."""
        is_website = self.secondary_is_website and region == self.replica_regions[0]
        return StackRole.WEBSITE if is_website else StackRole.REPLICA

    @property
    def buckets(self) -> tuple[str, ...]:
        """All buckets of the site: the primary, the replicas, those for logs and the evacuation switch."""
        replicas = (self.replica(region) for region in self.replica_regions)
        logs = (self.access_logs(self.replica_role(region), region) for region in self.replica_regions)
        own = (self.access_logs(StackRole.PRIMARY, self.primary_region), self.cdn_logs, self.evacuation)
        return (self.primary, *replicas, *logs, *own)

    def _bucket(self, role: str, region: str) -> str:
        # A role has no hyphen: the name of one hostname's bucket could otherwise be that of another's.
        room = BUCKET_NAME_LENGTH - len(role) - len(region) - _ACCOUNT_LENGTH - len("---")
        return "-".join((slug(self.hostname, room), role, self._owner(role, region), region))

    def _owner(self, role: str, region: str) -> str:
        is_replicas = region in self.replica_regions and role in ("replica", "replicalogs", "websitelogs")
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
    return f"{name[: length - DIGEST_LENGTH - 3].rstrip('-')}---{digest(hostname)}"


def digest(hostname: str) -> str:
    """Return the hash that stands for what is cut off a hostname."""
    return hashlib.sha256(hostname.encode()).hexdigest()[:DIGEST_LENGTH]
