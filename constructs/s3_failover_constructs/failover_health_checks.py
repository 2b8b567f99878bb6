"""The Route 53 health checks that decide where DNS points."""

from enum import Enum

from aws_cdk import Duration, Tags
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover import values
from s3_failover.names import health_checks
from s3_failover.names.health_checks import CheckRole
from s3_failover_constructs.arguments import duration, fits, flag, integer, member, optional_text, text


class FailoverWhen(Enum):
    """What must be unhealthy before DNS moves."""

    PRIMARY_OR_DISTRIBUTION = "primary-or-distribution"
    """The primary bucket or the distribution: viewers leave CloudFront when the primary region's S3 is down."""
    DISTRIBUTION = "distribution"
    """The distribution only: it reaches the replica by itself when the primary region's S3 is down."""


class FailoverHealthChecks(Construct):
    """Defines one check on the primary bucket, one on the distribution, one on the secondary, and the one that decides.

    All read the health object. Checks ask for the services' own names, never for the record that they decide, because
    Route 53 calls the outcome of that unpredictable. The primary's and the distribution's use HTTPS: over HTTP a
    redirect counts as healthy whatever is behind it. The secondary's check is for alarms alone: on the record it would
    send viewers back to an unhealthy primary when both are down.

    Args:
        name: what the checks are called in the console, for example `assets`; by default the construct's path.
        primary_endpoint: the primary bucket's regional domain name.
        distribution_endpoint: the distribution's domain name.
        secondary_endpoint: the secondary's domain name.
        health_key: the key of the health object.
        failover_when: what must be unhealthy before DNS moves; the primary or the distribution by default.
        interval: between two requests of one checker, 10 or 30 seconds; 30 by default.
        threshold: how many in a row must fail or succeed, 1 to 10; 3 by default.
        secondary_https: whether the secondary is asked over HTTPS; false by default.

    Raises:
        ValueError: an argument is empty, out of range, or no plain key; `failover_when` is no member's value.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str | None = None,
        primary_endpoint: str,
        distribution_endpoint: str,
        secondary_endpoint: str,
        health_key: str,
        failover_when: FailoverWhen = FailoverWhen.PRIMARY_OR_DISTRIBUTION,
        interval: Duration | None = None,
        threshold: int = 3,
        secondary_https: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        optional_text("name", name)
        text("primary_endpoint", primary_endpoint)
        text("distribution_endpoint", distribution_endpoint)
        text("secondary_endpoint", secondary_endpoint)
        text("health_key", health_key, values.health_key)
        duration("interval", interval, "seconds")
        integer("threshold", threshold, 1, 10)
        flag("secondary_https", secondary_https)
        chosen = member("failover_when", failover_when, FailoverWhen)
        self._name = name or self.node.path
        self._path = f"/{health_key}"
        self._interval = interval or Duration.seconds(30)
        fits("interval", values.check_interval(int(self._interval.to_seconds())))
        self._threshold = threshold
        self.primary = self._check(CheckRole.PRIMARY, primary_endpoint, https=True)
        self.distribution = self._check(CheckRole.DISTRIBUTION, distribution_endpoint, https=True)
        self.secondary = self._check(CheckRole.SECONDARY, secondary_endpoint, https=secondary_https)
        both = chosen is FailoverWhen.PRIMARY_OR_DISTRIBUTION
        self.failover = self._both() if both else self.distribution

    def _check(self, role: CheckRole, endpoint: str, *, https: bool) -> route53.HealthCheck:
        check = route53.HealthCheck(
            self,
            role.capitalize(),
            type=route53.HealthCheckType.HTTPS if https else route53.HealthCheckType.HTTP,
            fqdn=endpoint,
            resource_path=self._path,
            request_interval=self._interval,
            failure_threshold=self._threshold,
        )
        return self._named(check, role)

    def _both(self) -> route53.HealthCheck:
        check = route53.HealthCheck(
            self,
            CheckRole.FAILOVER.capitalize(),
            type=route53.HealthCheckType.CALCULATED,
            child_health_checks=[self.primary, self.distribution],
            health_threshold=2,
        )
        return self._named(check, CheckRole.FAILOVER)

    def _named(self, check: route53.HealthCheck, role: CheckRole) -> route53.HealthCheck:
        Tags.of(check).add("Name", health_checks.tag(self._name, role))
        return check
