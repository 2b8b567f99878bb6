"""Physical names, computed from hostname, account and region and used by everyone.

Stacks that agree on names need no cross-region reference, no export and no custom resource to find each other. A site
is its hostname in its account: what people call it in a file is part of no name, so two files that call different sites
alike never touch each other's resources.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from s3_failover.config.regions import known_regions
from s3_failover.config.spelling import RESERVED_PREFIXES

EDGE_REGION = "us-east-1"
"""The edge stack's region: certificates for CloudFront must be there, and Route 53 and CloudFront publish their metrics
there (CloudFront Developer Guide, cnames-and-https-requirements; Route 53 Developer Guide, monitoring-cloudwatch)."""

BUCKET_NAME_LENGTH = 63
"""S3's limit for a bucket name (S3 User Guide, bucketnamingrules)."""

ROLE_NAME_LENGTH = 64
"""IAM's limit for a role name (IAM API, CreateRole)."""

_ACCOUNT_LENGTH = 12
_TITLE_LENGTH = 70
_DIGEST_LENGTH = 10
_LABEL_LENGTH = 100
_SHORT_LENGTH = 48
_STACK_SLUG_LENGTH = 80
"""Leaves room for role and region: a stack's name has up to 128 characters (CloudFormation API, CreateStack)."""


class StackRole(StrEnum):
    """What a stack of a site holds; a part of its name."""

    ZONE = "zone"
    """The hosted zone, where the site makes it."""
    REPLICA = "replica"
    """A private replica bucket."""
    WEBSITE = "website"
    """The website secondary: the first replica's bucket, named like the hostname."""
    HTTPS = "https"
    """The https secondary: the API that serves the first replica."""
    EXTERNAL = "external"
    """The external secondary: what the other provider's CDN needs."""
    PRIMARY = "primary"
    """The primary bucket and its replication."""
    EXISTING_PRIMARY = "existingprimary"
    """The replication of a primary bucket that the site did not make."""
    EDGE = "edge"
    """Distribution, health checks and failover records."""
    ALARMS = "alarms"
    """The alarms on replication in a region."""
    CLIENTS = "clients"
    """The alarms on the clients' gauges."""


@dataclass(frozen=True)
class Naming:
    """The names of everything but buckets that is deployed for a hostname in an account."""

    hostname: str

    def stack(self, role: StackRole, region: str) -> str:
        """Return a stack's name, in which nothing but letters, digits and hyphens is allowed."""
        return f"{self.stacks}{role}-{region}"

    @property
    def stacks(self) -> str:
        """What the name of each of the site's stacks, and of no other site's, starts with.

        A stack of a longer hostname can start alike, as `shop.example.com.au` does with `shop.example.com`: a pattern
        for permissions, never a way to find stacks.
        """
        return f"s3-failover-{slug(self.hostname, _STACK_SLUG_LENGTH)}-"

    @property
    def label(self) -> str:
        """The hostname, or its start and a hash where it is longer than 100 characters.

        Names of alarms and files have up to 255 (CloudWatch API, PutMetricAlarm). No hostname has an underscore.
        """
        if len(self.hostname) <= _LABEL_LENGTH:
            return self.hostname
        return f"{self.hostname[: _LABEL_LENGTH - _DIGEST_LENGTH - 1]}_{_digest(self.hostname)}"

    @property
    def alarms(self) -> str:
        """What the name of each of the site's alarms starts with: a hostname has no slash, so no other site's does."""
        return f"{self.label}/"

    def alarm(self, kind: str) -> str:
        """Return an alarm's name, as in `shop.example.com/primary-unhealthy`."""
        return f"{self.alarms}{kind}"

    def title(self, where: str) -> str:
        """Return what e-mails from a place's alarms show as their sender (SNS API, DisplayName: 100 characters)."""
        return f"{self.hostname[:_TITLE_LENGTH]} {where}"

    def health_check(self, role: str) -> str:
        """Return the tag `Name` of a health check, as in `shop.example.com failover`."""
        return f"{self.label} {role}"

    @property
    def short(self) -> str:
        """The hostname in at most 48 letters, digits and hyphens: what CloudFront's account-wide names start with.

        The names of functions and origin access controls have up to 64 (CloudFront API, CreateFunction).
        """
        return slug(self.hostname, _SHORT_LENGTH)

    @property
    def key_alias(self) -> str:
        """The alias of the KMS key in each region."""
        return f"alias/s3-failover-{slug(self.hostname, _STACK_SLUG_LENGTH)}"

    def iam_role(self, kind: str) -> str:
        """Return the name of an IAM role, where another account or a person must be able to spell it."""
        room = ROLE_NAME_LENGTH - len(f"s3-failover--{kind}")
        return f"s3-failover-{slug(self.hostname, room)}-{kind}"

    def parameter(self, what: str) -> str:
        """Return the name of an SSM parameter in which something about the site is written down."""
        return f"/s3-failover/{self.hostname}/{what}"


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

    @property
    def any_primary(self) -> str:
        """What the name of the primary bucket starts with in whichever region it is, where the site makes the name."""
        names = [replace(self, primary_bucket=None, primary_region=region).primary for region in known_regions()]
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
        """The bucket for the distribution's access logs, in us-east-1 where it is ours."""
        return self.cdn_log_bucket or self._bucket("cdnlogs", EDGE_REGION)

    def replica_role(self, region: str) -> StackRole:
        """The role of the stack that makes a region's replica bucket."""
        is_website = self.secondary_is_website and region == self.replica_regions[0]
        return StackRole.WEBSITE if is_website else StackRole.REPLICA

    @property
    def buckets(self) -> tuple[str, ...]:
        """All buckets of the site: the primary, the replicas and those for logs."""
        replicas = (self.replica(region) for region in self.replica_regions)
        logs = (self.access_logs(self.replica_role(region), region) for region in self.replica_regions)
        return (self.primary, *replicas, self.access_logs(StackRole.PRIMARY, self.primary_region), *logs, self.cdn_logs)

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
    return f"{name[: length - _DIGEST_LENGTH - 3].rstrip('-')}---{_digest(hostname)}"


def _digest(hostname: str) -> str:
    return hashlib.sha256(hostname.encode()).hexdigest()[:_DIGEST_LENGTH]
