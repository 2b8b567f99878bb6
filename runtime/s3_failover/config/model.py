"""The typed model of `failover.toml`.

The model holds shapes, ranges and defaults; the text below a setting is its entry in the config reference. Rules that
need more than one value, or a reason, are in `rules.py`. A setting without default has an example, for messages.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from s3_failover.config.names import Names


class Mode(StrEnum):
    """What moves when the primary region is lost."""

    DNS = "dns"
    HYBRID = "hybrid"


class ViewerHttps(StrEnum):
    """What the distribution does with a viewer who comes over plain HTTP."""

    OPTIONAL = "optional"
    REDIRECT = "redirect"
    HSTS = "hsts"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


# TOML knows strings and arrays only: enums and tuples are read from them.
_FromToml = Field(strict=False)
Regions = Annotated[tuple[str, ...], _FromToml]
Emails = Annotated[tuple[str, ...], _FromToml]


class HostedZone(_Strict):
    """The Route 53 public hosted zone that holds the failover records; named here, never looked up."""

    id: str = Field(examples=["Z0123456789ABCDEFGHIJ"])
    """The hosted zone's id, as in the Route 53 console, for example `Z0123456789ABCDEFGHIJ`."""
    name: str = Field(examples=["example.com"])
    """The zone's domain name without the dot at its end."""


class Secondary(_Strict):
    """What viewers reach when DNS has moved: the first replica, in one of two ways."""

    type: Literal["website", "https"] = Field(examples=["website"])
    """`website`: the S3 website endpoint of the first replica, a public bucket named like the hostname, over HTTP only.
    `https`: an API in the first replica's region that serves a private bucket under the hostname, over HTTPS only."""
    certificate_arn: str | None = None
    """With `https`: an existing ACM certificate in the first replica's region that covers the hostname and the name
    that the health check asks for; by default one is made, validated by DNS."""


class Alarms(_Strict):
    """Who is told, and from which thresholds on."""

    critical_emails: Emails = ()
    """Addresses on the critical topic of every region: viewers are on the secondary, or have nowhere to go."""
    warning_emails: Emails = ()
    """Addresses on the warning topic of every region: something that failover relies on is broken or late."""
    cdn_5xx_percent: float = Field(default=5.0, gt=0, le=100)
    """Warn when this share of viewer requests gets a 5xx from the distribution in 3 of 5 minutes, in percent."""
    replication_latency_seconds: int = Field(default=900, ge=60, le=86400)
    """Warn when a replica is this far behind the primary, in seconds."""
    replication_pending_operations: int = Field(default=1000, ge=1)
    """Warn when this many operations wait for replication for 15 minutes."""


class Clients(_Strict):
    """The hosts that read this site through the client: where their gauges go, and when alarms on them go off."""

    service: str | None = None
    """What the hosts publish as the dimension `Service`; by default the site's name."""
    alarm_region: str | None = None
    """Where the hosts publish their gauges and where the alarms live: not the primary region, whose loss they are to
    tell; by default the last replica region."""
    fleet_size: int | None = Field(default=None, ge=1, le=1_000_000)
    """How many hosts there are, if they are few: a fleet of two can never have three failing hosts. With fewer hosts
    than `failing_hosts`, all of them are the threshold; a fleet of one warns for one region and alerts for all."""
    failing_hosts: int = Field(default=3, ge=1, le=1_000_000)
    """Warn when this many hosts cannot read from a region in 2 of 3 minutes."""
    absent_minutes: int = Field(default=10, ge=1, le=1440)
    """Warn when no host has published anything for this many minutes, and a few more until CloudWatch is sure."""

    @property
    def warning_threshold(self) -> int:
        """How many hosts must fail for a region to warn: as configured, or all of a smaller fleet."""
        return min(self.failing_hosts, self.fleet_size or self.failing_hosts)


class Site(_Strict):
    """One hostname with its buckets, distribution, health checks, records and alarms."""

    name: str = Field(exclude=True)
    hostname: str = Field(examples=["assets.example.com"])
    """The name in the browser's address bar: the distribution's alias and, with a website secondary, the name of the
    first replica bucket."""
    primary_region: str = Field(examples=["us-west-2"])
    """The region where content is published."""
    replica_regions: Regions = Field(min_length=1, max_length=25, examples=[["us-east-2"]])
    """The regions that hold copies; the first one holds the DNS secondary."""
    hosted_zone: HostedZone = Field(examples=[{"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"}])
    """`{ id, name }` of the public hosted zone that holds the hostname."""
    mode: Annotated[Mode, _FromToml] = Mode.DNS
    """`dns`: DNS moves when the primary bucket or the distribution is unhealthy. `hybrid`: the distribution moves to
    the first replica by itself, DNS moves only when the distribution is unhealthy."""
    secondary: Secondary = Secondary(type="website")
    """What the SECONDARY record points at."""
    account: str | None = None
    """The AWS account; by default the one whose credentials deploy."""
    primary_bucket: str | None = None
    """The primary bucket's name; by default made of hostname, account and region."""
    certificate_arn: str | None = None
    """An existing ACM certificate in us-east-1 that covers the hostname; by default one is made, validated by DNS."""
    distribution_id: str | None = None
    """The distribution's id, once it is known: bucket policies then admit this one instead of all of the account's."""
    health_key: str = "_s3-failover/health.txt"
    """The key of the health object, which every check and probe reads."""
    health_check_interval: Literal[10, 30] = 30
    """Seconds between two requests of one health checker; 10 costs extra. Changing it replaces the checks."""
    health_check_threshold: int = Field(default=3, ge=1, le=10)
    """How many checks in a row must fail, or succeed, before the state turns."""
    record_ttl: int = Field(default=60, ge=1, le=3600)
    """How long resolvers keep the failover records, in seconds: it adds to every failover."""
    index_document: str = "index.html"
    """Served for `/`; on the secondary for every path that ends in `/`."""
    error_document: str = "error.html"
    """The key of the page served for missing objects."""
    viewer_https: Annotated[ViewerHttps, _FromToml] | None = None
    """`optional`: HTTP and HTTPS both answer. `redirect`: HTTP is redirected. `hsts`: redirected, and browsers remember
    it. By default `optional` in dns mode with a website secondary, else `redirect`."""
    failover_status_codes: Annotated[tuple[int, ...], _FromToml] = (403, 500, 502, 503, 504)
    """Hybrid mode: the primary's answers that send a request on to the replica. 403 means denied and never missing,
    because CloudFront may list the buckets; 404 would hide deletions until they have replicated."""
    origin_connect_timeout: int = Field(default=2, ge=1, le=10)
    """Seconds for the one connection attempt that the distribution makes to a bucket."""
    origin_read_timeout: int = Field(default=5, ge=1, le=120)
    """Seconds the distribution waits for a bucket's answer."""
    price_class: Literal["100", "200", "All"] = "All"
    """The CloudFront price class: which edge locations serve the site."""
    noncurrent_version_days: int = Field(default=30, ge=1, le=36500)
    """Days that overwritten and deleted versions are kept."""
    access_log_days: int = Field(default=90, ge=1, le=36500)
    """Days that access logs are kept."""
    replication_time_control: bool = False
    """S3 Replication Time Control: 99.99 % of objects within 15 minutes, for a price per GB."""
    replicate_delete_markers: bool = True
    """Whether a delete on the primary deletes on the replicas."""
    alarms: Alarms = Alarms()
    """Who is told, and from which thresholds on."""
    clients: Clients | None = None
    """The hosts that read through the client; `{}` takes all defaults. By default there are none, and no alarms on
    their gauges."""

    @property
    def client_service(self) -> str:
        """What the clients' hosts publish as the dimension `Service`."""
        return (self.clients and self.clients.service) or self.name

    @property
    def client_alarm_region(self) -> str:
        """Where the clients' hosts publish their gauges, and where the alarms on them live."""
        return (self.clients and self.clients.alarm_region) or self.replica_regions[-1]

    @property
    def https(self) -> ViewerHttps:
        """What the distribution does with plain HTTP: as configured, else what mode and secondary need."""
        if self.viewer_https is not None:
            return self.viewer_https
        http_at_times = self.mode is Mode.DNS and self.has_website_secondary
        return ViewerHttps.OPTIONAL if http_at_times else ViewerHttps.REDIRECT

    @property
    def has_website_secondary(self) -> bool:
        """Whether the secondary is an S3 website: public, named like the hostname and without TLS."""
        return self.secondary.type == "website"

    @property
    def secondary_target(self) -> str:
        """With an https secondary, the name that its stack leads to the endpoint: the SECONDARY record's target."""
        return self._beside("secondary")

    @property
    def secondary_check(self) -> str:
        """With an https secondary, the name that its endpoint has for the health check."""
        return self._beside("secondary-check")

    @property
    def reads_replica_through_distribution(self) -> bool:
        """Whether the distribution falls back to the first replica, so that the replica must admit it."""
        return self.mode is Mode.HYBRID

    def names(self, account: str) -> Names:
        """Return the physical names of this site's buckets in an account.

        Args:
            account: the twelve-digit account id, or a stack's account token, which counts as twelve characters.
        """
        return Names(
            hostname=self.hostname,
            account=account,
            primary_region=self.primary_region,
            replica_regions=self.replica_regions,
            primary_bucket=self.primary_bucket,
            replica_bears_hostname=self.has_website_secondary,
        )

    def _beside(self, role: str) -> str:
        # Beside the hostname, not below: a wildcard certificate that covers the one covers the other.
        label, _, parent = self.hostname.partition(".")
        return f"{label}-{role}.{parent}"


class Config(_Strict):
    """All sites of one `failover.toml`."""

    sites: tuple[Site, ...]
