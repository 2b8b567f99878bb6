"""The tables below a site of `failover.toml`, and the words that its settings choose from.

The text below a setting is its entry in the config reference.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from s3_failover.config.secondaries import KINDS, SecondaryKind, SecondaryType
from s3_failover.names.runbook import ADDRESS as RUNBOOK


class Mode(StrEnum):
    """What moves when the primary region is lost."""

    DNS = "dns"
    HYBRID = "hybrid"


class ViewerHttps(StrEnum):
    """What the distribution does with a viewer who comes over plain HTTP."""

    OPTIONAL = "optional"
    REDIRECT = "redirect"
    HSTS = "hsts"


class ReplicationEngine(StrEnum):
    """Who copies the content to the other regions."""

    S3 = "s3"
    LAMBDA = "lambda"


class Table(BaseModel):
    """A table of the file: frozen, without unknown settings, and without conversions of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


FromToml = Field(strict=False)
"""TOML knows strings and arrays only: enums and tuples are read from them."""
Regions = Annotated[tuple[str, ...], FromToml]
Emails = Annotated[tuple[str, ...], FromToml]
Strings = Annotated[tuple[str, ...], FromToml]
Buckets = dict[str, str]


class ParentZone(Table):
    """The Route 53 zone above the one that is made: it gets the NS record that delegates."""

    id: str = Field(examples=["Z0123456789ABCDEFGHIJ"])
    """The parent zone's id."""
    name: str = Field(examples=["example.com"])
    """The parent zone's domain name without the dot at its end."""
    role_arn: str | None = None
    """Where the parent is another account's: a role there that may write this one NS record. By default the parent is
    in the site's account."""


class HostedZone(Table):
    """The Route 53 public hosted zone that holds the failover records; named here, never looked up."""

    name: str = Field(examples=["example.com"])
    """The zone's domain name without the dot at its end."""
    id: str | None = Field(default=None, examples=["Z0123456789ABCDEFGHIJ"])
    """An existing zone's id, as in the Route 53 console, for example `Z0123456789ABCDEFGHIJ`."""
    create: bool = False
    """Makes the zone, in a stack of its own, in place of an `id`. The zone is kept when the stack goes."""
    parent: ParentZone | None = None
    """With `create`: `{ id, name }` of the zone above, which delegates to the new one. By default the output
    `DelegationToCreate` names the records that you must create there."""


class Secondary(Table):
    """What the SECONDARY record points at."""

    type: Annotated[SecondaryType, FromToml] = Field(
        examples=["website"], description=" ".join(f"`{kind.type}`: {kind.meaning}." for kind in KINDS.values())
    )
    hostname: str | None = None
    """`external`: the name that the other provider gave, for a CNAME to point at."""
    certificate_arn: str | None = None
    """`https`: an existing ACM certificate in the first replica's region that covers the hostname and the name that the
    health check asks for; by default one is made, validated by DNS."""

    @classmethod
    def website(cls) -> Self:
        """Return the first replica's bucket as an S3 website, over HTTP."""
        return cls(type=SecondaryType.WEBSITE)

    @classmethod
    def https(cls, certificate_arn: str | None = None) -> Self:
        """Return an API in the first replica's region, which serves the private replica over HTTPS."""
        return cls(type=SecondaryType.HTTPS, certificate_arn=certificate_arn)

    @classmethod
    def external(cls, hostname: str) -> Self:
        """Return another provider's CDN, by the name that the provider gave."""
        return cls(type=SecondaryType.EXTERNAL, hostname=hostname)

    @property
    def kind(self) -> SecondaryKind:
        """What its type implies: target, schemes, stack, checks."""
        return KINDS[self.type]


class Existing(Table):
    """Buckets that are there already and stay as they are: `s3-failover policies` prints what each of them needs."""

    primary_bucket: str | None = None
    """The bucket that content is published to, in the primary region."""
    replica_buckets: Buckets = {}
    """Replica buckets, by region: `{ us-east-2 = "my-copy" }`. A website secondary's is named like the hostname."""
    log_buckets: Buckets = {}
    """Buckets for the S3 access logs of the buckets that are made, by region."""
    cdn_log_bucket: str | None = None
    """The bucket for the distribution's access logs."""


class ReplicationSettings(Table):
    """How content gets from one copy to the others."""

    engine: Annotated[ReplicationEngine, FromToml] = ReplicationEngine.S3
    """`s3`: S3 Replication, which needs versioning on every bucket. `lambda`: a function copies what S3's events name;
    no bucket is versioned, and whatever is overwritten or deleted is gone in every region."""
    two_way: bool = False
    """Whether what is written, deleted or tagged at a replica is copied to the primary and to the other replicas too:
    for publishing while the primary region is lost."""
    time_control: bool = False
    """S3 Replication Time Control: 99.99 % of objects within 15 minutes, for a price per GB."""
    delete_markers: bool = True
    """Whether a delete on one side deletes on the other."""
    prefixes: Annotated[tuple[str, ...], FromToml] = Field(default=(), max_length=10)
    """Only keys that start with one of these are copied; by default all are. The health key must be among them."""
    failure_events: bool = True
    """Whether S3 reports every object that it cannot copy to a queue, by key: the alarm only counts them. The output
    `ReplicationFailuresQueueUrl` says where it is."""


class Alarms(Table):
    """Recipients of alarms, and their thresholds."""

    critical_emails: Emails = ()
    """Addresses on the critical topic of every region: viewers are on the secondary, or have nowhere to go."""
    warning_emails: Emails = ()
    """Addresses on the warning topic of every region: something that failover relies on is broken or late."""
    critical_endpoints: Strings = ()
    """HTTPS endpoints on the critical topic of every region, such as PagerDuty's
    `https://events.pagerduty.com/integration/KEY/enqueue`. SNS asks each to confirm; PagerDuty does so by itself. The
    address is in the template: keep its readers few."""
    warning_endpoints: Strings = ()
    """HTTPS endpoints on the warning topic of every region."""
    critical_topics: Strings = ()
    """ARNs of existing topics that critical alarms notify too, each in the region of its alarms, as in
    `["arn:aws:sns:us-east-1:111111111111:pager"]`. The topic's policy, and that of its key, must admit CloudWatch."""
    warning_topics: Strings = ()
    """ARNs of existing topics that warnings notify too, each in the region of its alarms."""
    cdn_5xx_percent: float = Field(default=5.0, gt=0, le=100)
    """Warn when this share of viewer requests gets a 5xx from the distribution in 3 of 5 minutes, in percent."""
    certificate_days: int = Field(default=30, ge=1, le=44)
    """Warn when the distribution's certificate ends in fewer days. ACM begins to renew its own 45 days before."""
    secondary_requests_per_second: int | None = Field(default=None, ge=1, le=10_000_000)
    """Warn when the distribution gets more requests a second, in 3 of 5 minutes: what the secondary can answer, to
    which a failover sends them all. By default 5,500 for a website, 10,000 for `https`, and no alarm for `external`."""
    replication_latency_seconds: int = Field(default=900, ge=60, le=86400)
    """Warn when a replica is this far behind the primary, in seconds."""
    replication_pending_operations: int = Field(default=1000, ge=1)
    """Warn when this many operations wait for replication for 15 minutes."""
    monitor: bool = False
    """Whether a function in a replica region asks the site each minute by its name, the secondary and the primary
    bucket, with alarms in that region: it alerts when those in us-east-1 cannot. It lives in the first replica region
    that is not us-east-1. Where the hostname's DNS is elsewhere (`record_name`, or a made zone that you delegate), the
    name is not asked."""
    quota_percent: int = Field(default=90, ge=1, le=100)
    """`s3-failover doctor` warns when more than this share of one of the account's quotas is in use, in percent."""
    runbook: str = RUNBOOK
    """The address of your runbook, as in `https://wiki.example.com/failover`: the description of every alarm has it,
    with `#` and the alarm's kind behind it. By default the project's."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everything that alarms are sent to."""
        addresses = (*self.warning_emails, *self.critical_emails, *self.warning_endpoints, *self.critical_endpoints)
        return (*addresses, *self.warning_topics, *self.critical_topics)


class Clients(Table):
    """The hosts that read this site through the client: where their gauges go, and when alarms on them go off."""

    service: str | None = None
    """What the hosts publish as the dimension `Service`; by default the site's hostname."""
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


class CdnSettings(Table):
    """What the distribution does besides serving objects; what of it the secondary does too is in docs/parity.md."""

    directories: Literal["index", "redirect", "off"] = "index"
    """`index`: `/docs/` is `docs/index.html`, as on the website. `redirect`: besides, every path whose last part has no
    dot is redirected, `/docs` to `/docs/`. `off`: only `/` has an index."""
    single_page_app: bool = False
    """The index document answers every path that is no file: with 200 where the last part has no dot, otherwise as the
    page for missing objects."""
    object_redirects: bool = False
    """Objects with `x-amz-website-redirect-location` redirect, as on the website: one more function for responses."""
    security_headers: bool = False
    """Browsers may neither guess types, nor show the site in frames of others, nor tell other sites the path."""
    content_security_policy: str | None = None
    """The Content-Security-Policy header."""
    cors_origins: Strings = ()
    """The origins whose scripts may read the content, as in `https://app.example.com`, or `*` for all; the first
    replica allows them too."""
    cache_policy: str = "optimized"
    """`optimized`: a day unless Cache-Control sets a time, query strings ignored. `disabled`: nothing is cached. Or the
    id of a cache policy of your own."""
    allowed_countries: Strings = ()
    """The only countries that the distribution serves, as in `["DE", "FR"]`."""
    denied_countries: Strings = ()
    """Countries that the distribution does not serve."""
    web_acl_arn: str | None = None
    """An existing WAF web ACL of scope CLOUDFRONT; it must let health checkers through."""
    unguarded_secondary: bool = False
    """Confirms that a website or https secondary may answer any viewer at any time, whatever `allowed_countries` and
    the web ACL say."""
    maintenance_page: str | None = None
    """The key of a page, complete in itself, for answers 500 to 504; read from the first replica, shown with 503.
    Publish it before you deploy: while it is missing, those answers are 404."""
    maintenance: bool = False
    """Every path answers 503 with the maintenance page, except the health object's: DNS stays where it is."""
    log_prefix: str | None = None
    """Where access logs go in their bucket; by default `AWSLogs/ACCOUNT/CloudFront`."""


class Publishing(Table):
    """How `s3-failover publish` uploads a directory."""

    exclude: Annotated[tuple[str, ...], FromToml] = ()
    """Patterns of keys that are neither uploaded nor deleted; `*` matches slashes too."""
    include: Annotated[tuple[str, ...], FromToml] = ()
    """Patterns of keys that are published although a name in them begins with a dot, or they are links to files outside
    the directory; without it, such a file is an error unless it is excluded. `.well-known/` needs none."""
    cache_control: dict[str, str] = {}
    """Patterns of keys and the `Cache-Control` that their objects get; the first that matches counts."""
    content_types: dict[str, str] = {}
    """Patterns of keys and the `Content-Type` that their objects get, as in `{ "*.data" = "application/json" }`; the
    first that matches counts. What none matches has its type by its ending, alike on every machine."""
