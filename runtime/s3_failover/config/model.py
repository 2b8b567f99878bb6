"""The typed model of a site of `failover.toml`; the tables below it are in `tables.py`.

The model holds shapes, ranges and defaults; the text below a setting is its entry in the config reference. Rules that
need more than one value, or a reason, are in `rules.py` and beside it; a site keeps them however it is made. A setting
without default has an example, for messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, ValidationInfo, model_validator

from s3_failover.config.routes import Route, replication_routes
from s3_failover.config.tables import (
    Alarms,
    CdnSettings,
    Clients,
    Existing,
    FromToml,
    HostedZone,
    Mode,
    Publishing,
    Regions,
    ReplicationEngine,
    ReplicationSettings,
    Secondary,
    Table,
    ViewerHttps,
)
from s3_failover.names.buckets import Names
from s3_failover.names.keys import HEALTH_KEY
from s3_failover.names.runbook import Runbook
from s3_failover.names.site import Naming
from s3_failover.names.stacks import EDGE_REGION, StackRole

RULES_FOLLOW = "rules follow"
"""The context in which a site is validated for its shape alone: the rules are checked afterwards."""


class Site(Table):
    """One hostname with its buckets, distribution, health checks, records and alarms.

    Raises:
        ConfigError: a rule refuses a setting; it carries every finding, in the same words as the file's findings.
    """

    name: str = Field(exclude=True)
    hostname: str = Field(examples=["assets.example.com"])
    """The name in the browser's address bar: the distribution's alias and, with a website secondary, the name of the
    first replica bucket."""
    primary_region: str = Field(examples=["us-west-2"])
    """The region where content is published."""
    replica_regions: Regions = Field(min_length=1, max_length=25, examples=[["us-east-2"]])
    """The regions that hold copies; the first one holds the DNS secondary."""
    hosted_zone: HostedZone = Field(examples=[{"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"}])
    """`{ id, name }` of the public hosted zone that holds the failover records, or `{ name, create = true }`."""
    record_name: str | None = None
    """The name of the failover records, in the hosted zone, where the hostname keeps a record of its own: its DNS is
    not on Route 53, or viewers use that record until the site is deployed. The hostname becomes a CNAME to it, which
    the output `CnameToCreate` tells. By default the hostname itself. A hostname that is the zone's apex gets alias
    records in place of CNAMEs."""
    aliases: Annotated[tuple[str, ...], FromToml] = Field(default=(), max_length=8)
    """Further hostnames of the site in the hosted zone, as in `["www.example.com"]`: the distribution serves them as it
    does the hostname, and their failover records move with the hostname's. A website secondary redirects them to
    the hostname; an external CDN must answer for them. A certificate of yours must cover them."""
    mode: Annotated[Mode, FromToml] = Field(examples=["hybrid"])
    """What moves viewers. `hybrid`, the recommended start: the distribution moves to the first replica by itself, and
    DNS moves only when the distribution is unhealthy. `dns`: DNS moves when the primary bucket or the distribution is
    unhealthy."""
    secondary: Secondary = Secondary.website()
    """What the SECONDARY record points at."""
    account: str | None = None
    """The AWS account; by default the one whose credentials deploy."""
    replica_account: str | None = None
    """Another account that holds the replicas, so that losing one account does not lose every copy; needs `account`."""
    tags: dict[str, str] = Field(default={})
    """Tags for the site's stacks and everything in them, as in `{ CostCenter = "1234" }`. Health checks and
    certificates keep their own `Name`."""
    stack_prefix: str | None = None
    """What the names of the site's stacks start with, as in `web` for `web-edge-us-east-1`; by default `s3-failover-`
    and the hostname. Choose it before the first deployment."""
    primary_bucket: str | None = None
    """The name of the primary bucket that is made; by default it is made of hostname, account and region."""
    existing: Existing = Existing()
    """Buckets that are there already; by default all are made."""
    certificate_arn: str | None = None
    """An existing ACM certificate in us-east-1 that covers the hostname; by default one is made, validated by DNS."""
    distribution_id: str | None = None
    """The distribution's id, once it is known: bucket policies then admit this one instead of all of the account's."""
    protected_regions: Regions = ()
    """Regions whose buckets' stacks are deployed: they get termination protection; the edge gets it with
    `distribution_id`. Add a region after its first deployment: a protected stack whose creation fails stands in the
    way of the next try."""
    accept_empty_copies: bool = False
    """Lets a deployment move viewers to a primary or a secondary that lacks what they get now, which is refused
    otherwise: fill it first, with `s3-failover publish` or `backfill`."""
    health_key: str = HEALTH_KEY
    """The key of the health object, which every check and probe reads. Changing it in `dns` mode sends viewers to the
    secondary from the primary's deployment, which closes the old key to the checks, until the edge's."""
    health_check_interval: Literal[10, 30] = 30
    """Seconds between two requests of one health checker; 10 costs extra. Changing it replaces the checks."""
    health_check_threshold: int = Field(default=3, ge=1, le=10)
    """How many checks in a row must fail, or succeed, before the state turns."""
    record_ttl: int = Field(default=60, ge=1, le=3600)
    """How long resolvers keep the failover records, in seconds: it adds to every failover. Not at a zone's apex: the
    alias records there have a lifetime of Route 53's choosing, a minute for CloudFront."""
    index_document: str = "index.html"
    """Served for every path that ends in `/`."""
    error_document: str = "error.html"
    """The key of the page served for missing objects."""
    viewer_https: Annotated[ViewerHttps, FromToml] | None = None
    """`optional`: HTTP and HTTPS both answer. `redirect`: HTTP is redirected. `hsts`: redirected, and browsers remember
    it. By default `redirect` in hybrid mode and where the secondary speaks HTTPS, else `optional`."""
    failover_status_codes: Annotated[tuple[int, ...], FromToml] = (403, 500, 502, 503, 504)
    """Hybrid mode: the primary's answers that send a request on to the replica. 403 means denied and never missing,
    because CloudFront may list the buckets; 404 would hide deletions until they have replicated."""
    origin_connect_timeout: int = Field(default=2, ge=1, le=10)
    """Seconds for the one connection attempt that the distribution makes to a bucket."""
    origin_read_timeout: int = Field(default=5, ge=1, le=120)
    """Seconds the distribution waits for a bucket's answer, and for each further packet of it."""
    origin_completion_timeout: int | None = Field(default=None, ge=1, le=3600)
    """Seconds that a bucket's whole answer may take, at least `origin_read_timeout`; no limit by default. It ends a
    body that drips, and the download of a large object that takes as long."""
    price_class: Literal["100", "200", "All"] = "All"
    """The CloudFront price class: which edge locations serve the site."""
    noncurrent_version_days: int = Field(default=30, ge=1, le=36500)
    """Days that overwritten and deleted versions are kept."""
    access_logs: bool = True
    """Whether buckets and distribution write access logs, to buckets of the site or to `existing` ones. Without them
    `s3-failover backfill` needs a `--bucket` for its reports."""
    access_log_days: int = Field(default=90, ge=1, le=36500)
    """Days that access logs are kept."""
    encryption: Literal["s3", "kms"] = "s3"
    """What new content is encrypted with: `s3`, S3's own key; or `kms`, a customer managed key that is made in each
    region. Not with a website secondary, whose visitors have no credentials."""
    replication: ReplicationSettings = ReplicationSettings()
    """How content gets from one copy to the others."""
    cdn: CdnSettings = CdnSettings()
    """What the distribution does with paths, headers, countries and errors."""
    alarms: Alarms = Alarms()
    """Recipients of alarms, and their thresholds."""
    clients: Clients | None = None
    """The hosts that read through the client; `{}` takes all defaults. By default there are none, and no alarms on
    their gauges."""
    dashboard: bool | None = None
    """Whether the site has a CloudWatch dashboard of its own: an account has three for free. By default a site that is
    alone in its account has one, and others share the one over all sites, which `dashboard = false` above all tables
    turns off. In Python, the first site of an app or a stage has one by default."""
    publish: Publishing = Publishing()
    """What `s3-failover publish` leaves out, and the cache headers it gives."""

    @model_validator(mode="wrap")
    @classmethod
    def _keeps_rules(cls, settings: object, fit: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        from s3_failover.config.examination import keep_rules  # noqa: PLC0415 - rules are about this model

        if info.context != RULES_FOLLOW and isinstance(settings, Mapping) and "name" in settings:
            keep_rules(settings)
        return fit(settings)

    _on_dashboard: tuple["Site", ...] = PrivateAttr(default=())

    @property
    def on_dashboard(self) -> tuple["Site", ...]:
        """The sites on the dashboard over all sites that this one carries; none where another site carries it."""
        return self._on_dashboard

    def carrying(self, sites: Sequence["Site"]) -> Self:
        """Return the site as the one that carries a dashboard over some sites."""
        carrier = self.model_copy()
        carrier._on_dashboard = tuple(sites)
        return carrier

    @property
    def dashboard_region(self) -> str:
        """Where the dashboards' stack is: in the first replica's region that is not us-east-1, if there is one."""
        return next((each for each in self.replica_regions if each != EDGE_REGION), self.replica_regions[0])

    @property
    def naming(self) -> Naming:
        """The names of the site's stacks, alarms, checks and of what else has a fixed name."""
        return Naming(self.hostname, self.stack_prefix)

    @property
    def secondary_capacity(self) -> int | None:
        """How many requests a second the secondary is known to answer; None where that is not known."""
        return self.alarms.secondary_requests_per_second or self.secondary.kind.capacity

    @property
    def monitor_region(self) -> str | None:
        """Where the second monitor and its alarms live; None where the site has none."""
        away = (region for region in self.replica_regions if region != EDGE_REGION)
        return next(away, None) if self.alarms.monitor and self.versioned else None

    @property
    def runbook(self) -> Runbook:
        """What the site's alarms name: where to read what to do, and the commands for it."""
        return Runbook(self.hostname, self.alarms.runbook)

    @property
    def primary_role(self) -> StackRole:
        """The role of the primary's stack: a bucket that was there before has one of its own."""
        return StackRole.PRIMARY if self.existing.primary_bucket is None else StackRole.EXISTING_PRIMARY

    def replica_role(self, region: str) -> StackRole:
        """Return the role of the stack that makes a region's replica bucket."""
        return self.names("").replica_role(region)

    @property
    def secondary_role(self) -> StackRole | None:
        """The role of the stack that serves the first replica to viewers; None where its bucket does that itself."""
        return self.secondary.kind.stack

    @property
    def own_stacks(self) -> tuple[tuple[StackRole, str], ...]:
        """Role and region of all stacks that the site has in its own account, in the order of their deployment."""
        return tuple(self._own_stacks())

    def _own_stacks(self) -> Iterator[tuple[StackRole, str]]:
        if self.hosted_zone.create:
            yield StackRole.ZONE, EDGE_REGION
        if self.replica_account is None:
            yield from ((self.replica_role(region), region) for region in self.made_replicas)
            if self.secondary_role is not None:
                yield self.secondary_role, self.replica_regions[0]
        yield self.primary_role, self.primary_region
        yield StackRole.EVACUATION, self.replica_regions[0]
        yield StackRole.EDGE, EDGE_REGION
        if self.versioned:
            yield from ((StackRole.ALARMS, region) for region in self.regions)
        if self.clients is not None:
            yield StackRole.CLIENTS, self.client_alarm_region
        if self.dashboard or self.on_dashboard:
            yield StackRole.DASHBOARD, self.dashboard_region

    @property
    def made_replicas(self) -> tuple[str, ...]:
        """The regions whose replica bucket the site makes."""
        return tuple(region for region in self.replica_regions if region not in self.existing.replica_buckets)

    @property
    def client_service(self) -> str:
        """What the clients' hosts publish as the dimension `Service`."""
        return (self.clients and self.clients.service) or self.hostname

    @property
    def client_alarm_region(self) -> str:
        """Where the clients' hosts publish their gauges, and where the alarms on them live."""
        return (self.clients and self.clients.alarm_region) or self.replica_regions[-1]

    @property
    def https(self) -> ViewerHttps:
        """What the distribution does with plain HTTP: as configured, else what mode and secondary need."""
        if self.viewer_https is not None:
            return self.viewer_https
        redirect = self.mode is Mode.HYBRID or self.secondary.kind.speaks_https
        return ViewerHttps.REDIRECT if redirect else ViewerHttps.OPTIONAL

    @property
    def health_addresses(self) -> tuple[str, ...]:
        """Where the health object answers on the internet: the secondary's address, and the site's own.

        The own one is left out where a person leads the name here: its record is elsewhere, or its zone's delegation.
        """
        secondary = self.secondary.kind
        own = f"{'https' if self.mode is Mode.HYBRID or secondary.speaks_https else 'http'}://{self.hostname}"
        other = f"{'https' if secondary.speaks_https else 'http'}://{secondary.check_name(self)}"
        by_hand = self.record_name is not None or (self.hosted_zone.create and self.hosted_zone.parent is None)
        return tuple(f"{each}/{self.health_key}" for each in ((other,) if by_hand else (own, other)))

    @property
    def hostnames(self) -> tuple[str, ...]:
        """All names that viewers use: the hostname and the aliases."""
        return (self.hostname, *self.aliases)

    def under(self, alias: str) -> Self:
        """Return the site as it is under one of its aliases, for the names and targets of the alias's records."""
        return self.model_copy(update={"hostname": alias, "record_name": None, "aliases": ()})

    @property
    def under_each_name(self) -> tuple[Self, ...]:
        """The site as it is, and under each alias."""
        return (self, *map(self.under, self.aliases))

    @property
    def redirects(self) -> tuple[str, ...]:
        """The aliases that need a bucket in the first replica's region: S3 finds a website by the name in front."""
        return self.aliases if self.secondary.kind.has_public_bucket else ()

    @property
    def failover_name(self) -> str:
        """The name of the failover records: the hostname, or where it is CNAMEd to."""
        return self.record_name or self.hostname

    @property
    def endpoint_name(self) -> str:
        """With an https secondary, the name that its stack leads to the endpoint: the SECONDARY record's target.

        The region is part of it: the stack of a former first replica may still have its own.
        """
        return self._beside(f"secondary-{self.replica_regions[0]}")

    @property
    def endpoint_check_name(self) -> str:
        """With an https secondary, the name that its endpoint has for the health check."""
        return self._beside(f"secondary-check-{self.replica_regions[0]}")

    @property
    def is_in_zone(self) -> bool:
        """Whether the hostname is a name of the hosted zone."""
        return self.hostname == self.hosted_zone.name or self.hostname.endswith(f".{self.hosted_zone.name}")

    @property
    def is_apex(self) -> bool:
        """Whether the failover records are at the apex of their zone, where DNS allows no CNAME."""
        return self.failover_name == self.hosted_zone.name

    @property
    def replication_role(self) -> str:
        """The name of the role that S3 replicates with.

        Region and kind of the bucket are part of it: the stack of a former primary may still have its own.
        """
        kind = "replication" if self.existing.primary_bucket is None else "existing"
        return self.naming.iam_role(f"{kind}-{self.primary_region}")

    @property
    def reads_replica_through_distribution(self) -> bool:
        """Whether the distribution reads the first replica, as fallback or for a page: then it must be admitted."""
        return self.falls_back_in_distribution or self.cdn.maintenance_page is not None

    @property
    def falls_back_in_distribution(self) -> bool:
        """Whether the distribution falls back to the first replica by itself."""
        return self.mode is Mode.HYBRID

    @property
    def key_alias(self) -> str | None:
        """The alias of the key in each region, with KMS encryption."""
        return self.naming.key_alias if self.encryption == "kms" else None

    @property
    def replication_role_arn(self) -> str | None:
        """The ARN of the primary's replication role, where another account must name it."""
        if self.replica_account is None:
            return None
        return f"arn:aws:iam::{self.account}:role/{self.replication_role}"

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of its copies, the primary's first."""
        return (self.primary_region, *self.replica_regions)

    def copies(self, key: str) -> bool:
        """Return whether an object is copied to the replicas: all are, or those with one of the prefixes."""
        return not self.replication.prefixes or key.startswith(self.replication.prefixes)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The replication rules: from the primary to each replica and, two-way, from each replica to all others."""
        return replication_routes(
            self.primary_region,
            self.replica_regions,
            prefixes=self.replication.prefixes,
            two_way=self.replication.two_way,
        )

    @property
    def versioned(self) -> bool:
        """Whether the buckets keep old versions: S3 Replication needs them, the other engine has no use for them."""
        return self.replication.engine is ReplicationEngine.S3

    @property
    def missing_document(self) -> str:
        """The key of the page for missing objects: the error document, or the index of a single-page app."""
        return self.index_document if self.cdn.single_page_app else self.error_document

    def names(self, account: str) -> Names:
        """Return the physical names of this site's buckets in an account.

        Args:
            account: the twelve-digit account id, or a stack's account token, which counts as twelve characters.
        """
        return Names(
            hostname=self.hostname,
            account=account,
            replica_account=self.replica_account,
            primary_region=self.primary_region,
            replica_regions=self.replica_regions,
            primary_bucket=self.existing.primary_bucket or self.primary_bucket,
            secondary_is_website=self.secondary.kind.has_public_bucket,
            replica_buckets=self.existing.replica_buckets,
            log_buckets=self.existing.log_buckets,
            cdn_log_bucket=self.existing.cdn_log_bucket,
        )

    def _beside(self, role: str) -> str:
        # Beside the records' name, not below: a wildcard certificate that covers the one covers the other.
        label, _, parent = self.failover_name.partition(".")
        return f"{label}-{role}.{parent}"


class Config(Table):
    """All sites of one `failover.toml`."""

    sites: tuple[Site, ...]
