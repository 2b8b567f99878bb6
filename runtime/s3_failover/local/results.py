"""What the commands of `s3-failover local` print with `--json`."""

from __future__ import annotations

from typing import Any, Literal

from breakable_aws.handle import Emulator
from breakable_aws.health import DeployedCheck
from s3_failover.config import Site
from s3_failover.operations.preflight.examination import PreflightReport
from s3_failover.results import Result


class Addresses(Result):
    """Where a running embedded AWS answers, and its processes."""

    endpoint: str
    """URL of the AWS APIs."""
    account: str
    """The account that everything lives in."""
    cloudfront_http: int
    """Port where distributions answer by Host."""
    cloudfront_https: int
    """The same with TLS."""
    s3_http: int
    """Port where buckets answer by Host, website endpoints included."""
    s3_https: int
    """The same with TLS."""
    api_gateway_https: int
    """Port where API Gateway answers by custom domain name, with TLS."""
    ca_file: str
    """The authority that signed the certificates of the TLS ports."""
    dns_port: int
    """Port where Route 53's DNS answers, over UDP and TCP."""
    pid: int
    """The process of the APIs."""
    started: float
    """When it started, in seconds since the epoch."""
    dns_pid: int
    """The process of DNS and health checks."""
    dns_started: float
    """When that process started, in seconds since the epoch."""
    clock_started: float
    """When embedded time began, in seconds since the epoch."""
    speed: float
    """How much faster than the clock on the wall embedded time runs."""


class UpResult(Addresses):
    """What `local up` started or found."""

    environment: dict[str, str]
    """The variables that lead a shell to it, by their names."""

    @classmethod
    def of(cls, emulator: Emulator, environment: dict[str, str]) -> UpResult:
        """Return the result for a running embedded AWS."""
        return cls(**emulator.as_dict(), environment=environment)


class NotRunning(Result):
    """`local status` finds no embedded AWS."""

    running: Literal[False] = False
    answers: Literal[False] = False


class NotAnswering(Addresses):
    """`local status` finds an embedded AWS that does not answer."""

    running: Literal[True] = True
    answers: Literal[False] = False


class Answering(Addresses):
    """`local status` finds an embedded AWS that answers."""

    running: Literal[True] = True
    answers: Literal[True] = True
    broken: list[str]
    """The names of the faults in effect."""


LocalStatus = NotRunning | NotAnswering | Answering


class DeployedBuckets(Result):
    """A site that `local deploy` has deployed."""

    name: str
    hostname: str
    buckets: dict[str, str]
    """The content buckets by region, the primary's first."""

    @classmethod
    def of(cls, site: Site, account: str) -> DeployedBuckets:
        """Return the buckets of a site in an account."""
        names = site.names(account)
        replicas = {region: names.replica(region) for region in site.replica_regions}
        return cls(name=site.name, hostname=site.hostname, buckets={site.primary_region: names.primary, **replicas})


class DeployResult(Result):
    """What `local deploy` has deployed."""

    ok: Literal[True] = True
    seconds: float
    endpoint: str
    """URL of the AWS APIs."""
    sites: list[DeployedBuckets]


class DeployStopped(Result):
    """A preflight stopped `local deploy`; nothing was deployed."""

    ok: Literal[False] = False
    preflight: list[PreflightReport]
    """What it found, for each site."""


class BrokenResult(Result):
    """The fault that `local break` put into effect."""

    id: str
    """What it is healed by."""
    fault: str
    region: str | None
    until: float | None
    """When it ends by itself, in embedded time since the epoch."""


class BrokenResource(BrokenResult):
    """The resource of deployments that `local break resource-fails` has fail."""

    resource: str
    """A type of resource, or a logical id."""
    stack: str | None
    """The only stack in which it fails."""


class HealResult(Result):
    """What `local heal` took away."""

    healed: list[str]
    """The names of the faults."""
    at: float
    """When, in seconds since the epoch."""


class HealthResult(Result):
    """The health checks that are deployed."""

    checks: list[DeployedCheck]
    """`healthy` is null before a check was judged, `percent` where it has no checkers of its own."""


RESULTS: dict[str, Any] = {
    "break": BrokenResult | BrokenResource,
    "deploy": DeployResult | DeployStopped,
    "heal": HealResult,
    "health": HealthResult,
    "status": LocalStatus,
    "up": UpResult,
}
"""By the command below `local`."""
