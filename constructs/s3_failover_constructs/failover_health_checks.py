"""The Route 53 health checks that decide where DNS points."""

import json
import re
from collections.abc import Iterator
from enum import Enum

from aws_cdk import Duration, Stack, Tags
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover import values
from s3_failover.names import health_checks
from s3_failover.names.health_checks import CheckRole
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import duration, fits, instance, integer, member, offers, optional_text
from s3_failover_constructs.endpoint import Endpoint

_BUCKET = r"\.s3[.-](?!website)|RegionalDomainName\""
"""A bucket's REST endpoint, spelled out or as an attribute of a bucket that a stack makes."""


class FailoverWhen(Enum):
    """What must be unhealthy before DNS moves."""

    PRIMARY_OR_DISTRIBUTION = "primary-or-distribution"
    """The primary or the distribution, of those that are checked: viewers leave CloudFront when what is behind it is
    down."""
    DISTRIBUTION = "distribution"
    """The distribution only: it reaches the replica by itself when the primary region's S3 is down."""


class FailoverHealthChecks(Construct):
    """Defines a check for each endpoint that is given, and the one that decides.

    A primary is enough: a bucket, a website, a load balancer, a distribution. A distribution in front of it is checked
    apart, and DNS moves when either is unhealthy. The secondary's check is for alarms alone: on the record it would
    send viewers back to an unhealthy primary when both are down.

    With an evacuation switch an operator decides too: the failover's check is a calculated one then, and unhealthy
    while the switch's object exists. Checkers ask for the object every 30 seconds, and one answer counts: Route 53
    takes it as present when more than 18 % of them have seen it, some 6 seconds after it was written. A new inverted
    check is unhealthy, too, until it has data (Route 53 Developer Guide,
    dns-failover-determining-health-of-endpoints).

    A health check of your own, in the place of an endpoint, may ask in any way that Route 53 can.

    Args:
        primary: what viewers get, or what the distribution reads; by default it has no check.
        distribution: what stands before the primary; by default nothing does.
        secondary: where viewers go; by default it has no check.
        evacuation: the object that moves viewers while it exists, such as `switch.endpoint`; by default there is none.
        name: what the checks are called in the console, for example `assets`; by default the construct's path.
        health_key: the key of the health object, which is asked for where an endpoint has no path; by default there is
            none.
        failover_when: what must be unhealthy before DNS moves; the primary or the distribution by default.
        request_interval: between two requests of one checker, 10 or 30 seconds; 30 by default.
        failure_threshold: how many in a row must fail or succeed, 1 to 10; 3 by default.

    Attributes:
        primary: the check on the primary; None without one.
        distribution: the check on the distribution; None without one.
        secondary: the check on the secondary; None without one.
        evacuation: the inverted check on the evacuation's object; None without one.
        failover: the check for the PRIMARY record: one of the others, or a calculated one of all that decide.

    Raises:
        TypeError: a leg is neither an endpoint nor a health check.
        ValueError: nothing is given that decides; a bucket is to be asked for its list of keys; an argument is out of
            range, or no plain key; `failover_when` is no member's value.

    Leaves to you:
        records and alarms; endpoints that let the checkers in: for a bucket see `admit_health_checkers`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        primary: Endpoint | route53.IHealthCheck | None = None,
        distribution: Endpoint | route53.IHealthCheck | None = None,
        secondary: Endpoint | route53.IHealthCheck | None = None,
        evacuation: Endpoint | None = None,
        name: str | None = None,
        health_key: str | None = None,
        failover_when: FailoverWhen = FailoverWhen.PRIMARY_OR_DISTRIBUTION,
        request_interval: Duration | None = None,
        failure_threshold: int = 3,
    ) -> None:
        super().__init__(scope, id)
        optional_text("name", name, values.check_name)
        optional_text("health_key", health_key, values.health_key)
        duration("request_interval", request_interval, "seconds")
        integer("failure_threshold", failure_threshold, 1, 10)
        chosen = member("failover_when", failover_when, FailoverWhen)
        self._name = name or self.node.path[-values.LONGEST_NAME_OF_CHECKS :]
        self._path = f"/{health_key or ''}"
        self._interval = request_interval or Duration.seconds(30)
        fits("request_interval", values.check_interval(int(self._interval.to_seconds())))
        self._threshold = failure_threshold
        self.primary = self._leg(CheckRole.PRIMARY, primary)
        self.distribution = self._leg(CheckRole.DISTRIBUTION, distribution)
        self.secondary = self._leg(CheckRole.SECONDARY, secondary)
        self.evacuation = self._switch(evacuation)
        self.failover = self._failover(chosen)

    def _leg(self, role: CheckRole, leg: Endpoint | route53.IHealthCheck | None) -> route53.IHealthCheck | None:
        if leg is None:
            return None
        if isinstance(leg, Endpoint):
            fits(str(role), self._lists_a_bucket(leg))
            return self._check(role, leg)
        remedy = f'write it as in {role}=Endpoint("d111111abcdef8.cloudfront.net")'
        offers(str(role), leg, ("health_check_id",), "an Endpoint or a health check", remedy)
        return leg

    def _lists_a_bucket(self, endpoint: Endpoint) -> Iterator[Misfit]:
        """Yield that a bucket is asked for `/`: its list of keys, which no bucket policy should show to checkers."""
        name = json.dumps(Stack.of(self).resolve(endpoint.domain_name))
        if re.search(_BUCKET, name) and (endpoint.path or self._path) == "/":
            remedy = 'name the object that admit_health_checkers opens: path=f"/{HEALTH_KEY}"'
            yield Misfit("a bucket without a path", "an object to ask for", remedy)

    def _check(self, role: CheckRole, endpoint: Endpoint) -> route53.HealthCheck:
        check = route53.HealthCheck(
            self,
            role.capitalize(),
            type=route53.HealthCheckType.HTTPS if endpoint.https else route53.HealthCheckType.HTTP,
            fqdn=endpoint.domain_name,
            resource_path=endpoint.path or self._path,
            request_interval=self._interval,
            failure_threshold=self._threshold,
        )
        return self._named(check, role)

    def _switch(self, switch: Endpoint | None) -> route53.HealthCheck | None:
        if switch is None:
            return None
        instance("evacuation", switch, Endpoint)
        # A check whose interval changes is replaced, and a new inverted one is unhealthy until it has data, which would
        # move viewers: so this one asks in its own way, whatever the other checks do.
        check = route53.HealthCheck(
            self,
            CheckRole.EVACUATION.capitalize(),
            type=route53.HealthCheckType.HTTPS,
            fqdn=switch.domain_name,
            resource_path=switch.path or self._path,
            request_interval=Duration.seconds(health_checks.SWITCH_INTERVAL),
            failure_threshold=health_checks.SWITCH_THRESHOLD,
            inverted=True,
        )
        return self._named(check, CheckRole.EVACUATION)

    def _failover(self, when: FailoverWhen) -> route53.IHealthCheck:
        """Return the check that moves DNS, made of the given ones that count."""
        both = when is FailoverWhen.PRIMARY_OR_DISTRIBUTION
        deciding = [each for each in ((self.primary if both else None), self.distribution) if each is not None]
        if not deciding:
            expected = "an Endpoint or a health check"
            remedy = "give what decides" if both else f"{FailoverWhen.DISTRIBUTION} needs it"
            fits("primary" if both else "distribution", [Misfit(None, expected, remedy)])
        deciding += [self.evacuation] if self.evacuation else []
        return self._all_of(deciding) if len(deciding) > 1 else deciding[0]

    def _all_of(self, checks: list[route53.IHealthCheck]) -> route53.HealthCheck:
        check = route53.HealthCheck(
            self,
            CheckRole.FAILOVER.capitalize(),
            type=route53.HealthCheckType.CALCULATED,
            child_health_checks=checks,
            health_threshold=len(checks),
        )
        return self._named(check, CheckRole.FAILOVER)

    def _named(self, check: route53.HealthCheck, role: CheckRole) -> route53.HealthCheck:
        Tags.of(check).add("Name", health_checks.tag(self._name, role))
        return check
