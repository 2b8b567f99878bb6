"""The arguments of a `Site` in the CDK's types, and how they become the settings of the configuration."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from aws_cdk import Duration, Token
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from pydantic import BaseModel

from s3_failover.config import (
    Alarms,
    CdnSettings,
    Clients,
    Existing,
    HostedZone,
    Mode,
    ReplicationSettings,
    Secondary,
    ViewerHttps,
)
from s3_failover_constructs.arguments import duration
from s3_failover_stacks.cdn_options import SiteCdn
from s3_failover_stacks.notifications import SiteNotifications


class RequiredArguments(TypedDict):
    """What a `Site` cannot do without."""

    hostname: str
    """The name in the browser's address bar."""
    zone: route53.HostedZoneAttributes | HostedZone
    """The public hosted zone of the failover records: attributes of one that is there, because several stacks import
    it, or `HostedZone(name=..., create=True)`."""
    primary_region: str
    """The region where content is published."""
    replica_regions: Sequence[str]
    """The regions that hold copies; the first one holds the secondary."""
    mode: Mode
    """What moves when the primary region is lost: `Mode.HYBRID`, the recommended start, or `Mode.DNS`."""


class SiteArguments(RequiredArguments, total=False):
    """What a `Site` takes. An argument that is left out has the default of the setting of that name in failover.toml.

    docs/configuration.md says more about each.
    """

    aliases: Sequence[str]
    """Further hostnames in the zone, such as `www` beside an apex; none by default."""
    record_name: str
    """The name of the failover records, where the hostname keeps a record of its own."""
    secondary: Secondary
    """What the SECONDARY record points at: `Secondary.website()`, `.https()` or `.external("name")`."""
    account: str
    """The account; by default that of the stage, or the one whose credentials deploy."""
    replica_account: str
    """Another account that holds the replicas; needs `account`."""
    tags: Mapping[str, str]
    """Tags for the stacks and everything in them."""
    primary_bucket: str | s3.IBucket
    """The name of the primary bucket that is made, by default of hostname, account and region; or a bucket that is
    there already or that the app makes, which needs a name of its own."""
    replica_buckets: Mapping[str, s3.IBucket]
    """Replica buckets that are there already or that the app makes, by region; by default all are made."""
    existing: Existing
    """Buckets that are there already, by their names; those for logs too."""
    certificate: acm.ICertificate | str
    """A certificate in us-east-1 that covers the hostname, or the ARN of an existing one; by default one is made."""
    stack_prefix: str
    """What the names of the stacks start with; by default `s3-failover-` and the hostname."""
    distribution_id: str
    """The distribution's id, once it is known."""
    protected_regions: Sequence[str]
    """Regions whose buckets' stacks are deployed, and get termination protection."""
    termination_protection: bool
    """Whether all stacks of the site are protected from deletion; by default those of `protected_regions` are, and the
    edge with a `distribution_id`. A protected stack whose first creation fails must be unprotected by hand."""
    accept_empty_copies: bool
    """Lets a deployment move viewers to a copy that lacks what they get now."""
    health_key: str
    """The key of the health object."""
    health_check_interval: Duration
    """Between two requests of one health checker: 10 or 30 seconds."""
    health_check_threshold: int
    """How many checks in a row must fail, or succeed, before the state turns."""
    record_ttl: Duration
    """How long resolvers keep the failover records."""
    index_document: str
    """Served for every path that ends in `/`."""
    error_document: str
    """The key of the page for missing objects."""
    viewer_https: ViewerHttps
    """What happens to plain HTTP; by default what mode and secondary need."""
    failover_status_codes: Sequence[int]
    """Hybrid mode: the primary's answers that send a request on to the replica."""
    origin_connect_timeout: Duration
    """For the one connection attempt that the distribution makes to a bucket."""
    origin_read_timeout: Duration
    """How long the distribution waits for a bucket's answer, and for each further packet of it."""
    origin_completion_timeout: Duration
    """How long a bucket's whole answer may take; no limit by default, as it ends large downloads too."""
    price_class: cloudfront.PriceClass
    """Which edge locations serve the site."""
    noncurrent_version_expiration: Duration
    """How long overwritten and deleted versions are kept."""
    access_logs: bool
    """Whether buckets and distribution write access logs; true by default."""
    access_log_expiration: Duration
    """How long access logs are kept."""
    encryption: s3.BucketEncryption
    """`S3_MANAGED`, or `KMS` for a customer managed key in each region."""
    replication: ReplicationSettings
    """How content gets from one copy to the others."""
    cdn: CdnSettings
    """What the distribution does with paths, headers, countries and errors."""
    cdn_options: SiteCdn
    """What the distribution has besides its settings, as objects of the CDK: `CdnOptions`, or a function that is called
    with the edge stack and returns them."""
    alarms: Alarms
    """Recipients of alarms, and their thresholds."""
    dashboard: bool
    """Whether the site has a dashboard of its own; by default the first site of an app or a stage has. An account has
    three for free."""
    notifications: SiteNotifications
    """The alarms' actions: by region, or a function that returns those of a stack. The site then makes no topics; by
    default each stack with alarms makes a warning and a critical topic."""
    clients: Clients
    """The hosts that read through the client; by default there are none, and no alarms on their gauges."""


def settings(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments of a `Site` as settings of the configuration; one that is None is left out.

    Raises:
        TypeError: an argument has another type than the CDK's.
        ValueError: an argument is a token, or no whole number of its unit.
    """
    return dict(_setting(name, value) for name, value in arguments.items() if value is not None)


def _setting(name: str, value: Any) -> tuple[str, Any]:
    _known(name, value)
    if name not in _WRITTEN:
        return name, value
    setting, write = _WRITTEN[name]
    return setting, write(name, value)


def _known(name: str, value: Any) -> None:
    """Refuse a token, in a table too: rules look at every setting, and names are made of them, at synthesis."""
    if isinstance(value, BaseModel):
        value = dict(value)
    elif isinstance(value, route53.HostedZoneAttributes):
        value = {"hosted_zone_id": value.hosted_zone_id, "zone_name": value.zone_name}
    if isinstance(value, Mapping):
        for key, each in value.items():
            _known(f"{name}.{key}", each)
    elif isinstance(value, list | tuple) and not Token.is_unresolved(list(value)):
        for each in value:
            _known(name, each)
    elif value.is_unresolved() if isinstance(value, Duration) else _is_token(value):
        raise ValueError(f"{name}: got a token, expected a value that is known at synthesis; write it out")


def _is_token(value: Any) -> bool:
    return isinstance(value, str | int | float | list | tuple) and Token.is_unresolved(_as_list(value))


def _as_list(value: Any) -> Any:
    # jsii knows no tuples.
    return list(value) if isinstance(value, tuple) else value


def _zone(name: str, value: Any) -> Any:
    if isinstance(value, HostedZone):
        return value
    _expect(name, value, route53.HostedZoneAttributes, "HostedZoneAttributes(hosted_zone_id=..., zone_name=...)")
    return {"id": value.hosted_zone_id, "name": value.zone_name}


def _seconds(name: str, value: Any) -> Any:
    _expect(name, value, Duration, f"Duration.seconds({value})")
    duration(name, value, "seconds")
    return value.to_seconds()


def _days(name: str, value: Any) -> Any:
    _expect(name, value, Duration, f"Duration.days({value})")
    duration(name, value, "days")
    return value.to_days()


def _price_class(name: str, value: Any) -> str:
    _expect(name, value, cloudfront.PriceClass, "a member of PriceClass")
    return str(value.name).removeprefix("PRICE_CLASS_").replace("ALL", "All")


def _encryption(name: str, value: Any) -> Any:
    kinds = {s3.BucketEncryption.S3_MANAGED: "s3", s3.BucketEncryption.KMS: "kms"}
    _expect(name, value, s3.BucketEncryption, "BucketEncryption.S3_MANAGED or KMS")
    return kinds.get(value, value.name)


def _expect(name: str, value: object, kind: type, example: str) -> None:
    if not isinstance(value, kind):
        msg = f"{name} must be of type {kind.__name__}, got {value!r}: write {example}"
        raise TypeError(msg)


_WRITTEN: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "zone": ("hosted_zone", _zone),
    "health_check_interval": ("health_check_interval", _seconds),
    "record_ttl": ("record_ttl", _seconds),
    "origin_connect_timeout": ("origin_connect_timeout", _seconds),
    "origin_read_timeout": ("origin_read_timeout", _seconds),
    "origin_completion_timeout": ("origin_completion_timeout", _seconds),
    "price_class": ("price_class", _price_class),
    "noncurrent_version_expiration": ("noncurrent_version_days", _days),
    "access_log_expiration": ("access_log_days", _days),
    "encryption": ("encryption", _encryption),
}
"""The arguments that are written in another way in the configuration: the setting, and how it is written there."""
