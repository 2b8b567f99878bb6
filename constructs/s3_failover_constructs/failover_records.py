"""The two records that are the failover."""

from dataclasses import dataclass

from aws_cdk import Duration, Stack, Token
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from s3_failover import values
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import HEALTH_CHECK, ZONE, duration, fits, implements, known, offers, text
from s3_failover_constructs.endpoint import Endpoint

LONGEST_TTL = 2147483647
"""Seconds that an answer may be kept at most (Route 53 API, ResourceRecordSet)."""


class FailoverRecords(Construct):
    """Defines a PRIMARY and a SECONDARY failover CNAME of the same name.

    CNAMEs, because an alias to CloudFront may not evaluate the target's health while CDK demands that failover aliases
    do; and so that A and AAAA move together. The secondary carries no health check: Route 53 answers with it whenever
    the primary is unhealthy (Route 53 Developer Guide, health-checks-how-route-53-chooses-records).

    Attributes:
        primary: the PRIMARY record.
        secondary: the SECONDARY record.

    Args:
        zone: the hosted zone.
        record_name: the full name of the records, below the zone's apex.
        primary: what the PRIMARY record points at, while `health_check` is healthy: a distribution, an endpoint, or a
            service's own name.
        secondary: what the SECONDARY record points at, such as `website_replica.endpoint`.
        health_check: decides between the two.
        ttl: how long resolvers keep the answer; one minute by default, as Route 53 advises with health checks.

    Raises:
        ValueError: the record is at the zone's apex, where DNS allows no CNAME, outside the zone, or points at itself;
            both point at the same; a target is no domain name; `ttl` is out of range.

    Leaves to you:
        what the targets serve, and their certificates for the name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: route53.IHostedZone,
        record_name: str,
        primary: cloudfront.IDistribution | Endpoint | str,
        secondary: cloudfront.IDistribution | Endpoint | str,
        health_check: route53.IHealthCheck,
        ttl: Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        implements("zone", zone, ZONE)
        implements("health_check", health_check, HEALTH_CHECK)
        text("record_name", record_name)
        primary_name, secondary_name = _name("primary", primary), _name("secondary", secondary)
        duration("ttl", ttl, "seconds", 1, LONGEST_TTL)
        apex = zone.zone_name.removesuffix(".")
        if record_name.removesuffix(".") == apex:
            remedy = f"DNS allows no CNAME at the apex: use www.{apex}, or ApexFailoverRecords"
            fits("record_name", [Misfit(record_name, f"a name below {apex}", remedy)])
        _distinct(primary_name, secondary_name, "record_name", record_name)
        if not Token.is_unresolved(apex):
            fits("record_name", values.record_name(record_name, apex))
        # Without the dot the CDK puts the zone's name behind a token.
        full_name = f"{record_name.removesuffix('.')}."
        self.primary = route53.CnameRecord(
            self,
            "Primary",
            zone=zone,
            record_name=full_name,
            domain_name=primary_name,
            ttl=ttl or Duration.minutes(1),
            failover=route53.Failover.PRIMARY,
            set_identifier="primary",
            health_check=health_check,
        )
        self.secondary = route53.CnameRecord(
            self,
            "Secondary",
            zone=zone,
            record_name=full_name,
            domain_name=secondary_name,
            ttl=ttl or Duration.minutes(1),
            failover=route53.Failover.SECONDARY,
            set_identifier="secondary",
        )


def _name(argument: str, target: object) -> str:
    """Return a service's own name."""
    name = getattr(target, "distribution_domain_name", getattr(target, "domain_name", target))
    text(argument, name)
    fits(argument, values.service_name(str(name)))
    return str(name)


def _distinct(primary: str, secondary: str, argument: str, record: str) -> None:
    """Refuse targets that are the record itself, whose name an argument says, and one that is both."""
    for role, target in (("primary", primary), ("secondary", secondary)):
        if _same(target, record):
            _refuse(
                role, target, f"another name than {argument}", "a record cannot point at itself: pass the service's own"
            )
    if _same(primary, secondary):
        _refuse(
            "secondary", secondary, "another name than primary", "a failover would change nothing: pass the standby's"
        )


def _refuse(argument: str, target: str, expected: str, remedy: str) -> None:
    # A token, too: it is the same one, so the names are equal whatever they become.
    got = "a token" if Token.is_unresolved(target) else repr(target)
    raise ValueError(f"{argument}: got {got}, expected {expected}; {remedy}")


def _same(one: str, other: str) -> bool:
    if Token.is_unresolved(one) or Token.is_unresolved(other):
        return one == other
    return values.plain_name(one) == values.plain_name(other)


def _zone_of_cloudfront(distribution: cloudfront.IDistribution) -> str:
    """Return the zone that AWS keeps for CloudFront, which is another one in China."""
    region = Stack.of(distribution).region
    if not Token.is_unresolved(region) and RegionInfo.get(region).partition == "aws":
        return targets.CloudFrontTarget.CLOUDFRONT_ZONE_ID
    return targets.CloudFrontTarget.get_hosted_zone_id(distribution)


@dataclass(frozen=True)
class AliasTarget:
    """What an alias record points at.

    Attributes:
        domain_name: the service's own name.
        hosted_zone_id: the zone that AWS keeps for it (AWS General Reference, endpoints of the service).
    """

    domain_name: str
    hosted_zone_id: str

    def __post_init__(self) -> None:
        text("domain_name", self.domain_name)
        fits("domain_name", values.service_name(self.domain_name))
        text("hosted_zone_id", self.hosted_zone_id)

    @classmethod
    def distribution(cls, distribution: cloudfront.IDistribution | str) -> "AliasTarget":
        """Return the target for a distribution, or for a distribution's domain name in the commercial partition."""
        if isinstance(distribution, str):
            return cls(distribution, targets.CloudFrontTarget.CLOUDFRONT_ZONE_ID)
        return cls(_name("distribution", distribution), _zone_of_cloudfront(distribution))

    @classmethod
    def website(cls, region: str) -> "AliasTarget":
        """Return the target for S3 websites in a region; S3 finds the bucket by the name that viewers ask for.

        Raises:
            ValueError: CDK knows no such zone in that region, or the region is a token.
        """
        known("region", region)
        info = RegionInfo.get(region)
        endpoint, zone = info.s3_static_website_endpoint, info.s3_static_website_hosted_zone_id
        if not endpoint or not zone:
            msg = f"no alias target for S3 websites known in {region}: choose another first replica region"
            raise ValueError(msg)
        return cls(endpoint, zone)


class ApexFailoverRecords(Construct):
    """Defines a PRIMARY and a SECONDARY failover alias at the apex of a zone, where DNS allows no CNAME.

    IPv4 only: S3 websites have no IPv6, and with one leg alone Route 53 answers with it even when it is unhealthy, so
    AAAA records would keep IPv6 viewers on the leg that failed. L1 records, because the L2 demands
    EvaluateTargetHealth, which Route 53 refuses for CloudFront (Route 53 API, AliasTarget); the health check decides.

    Attributes:
        primary: the PRIMARY record.
        secondary: the SECONDARY record.

    Args:
        zone: the hosted zone.
        primary: what the PRIMARY record points at, while `health_check` is healthy.
        secondary: what the SECONDARY record points at.
        health_check: decides between the two.

    Raises:
        ValueError: a record points at itself, or both point at the same.

    Leaves to you:
        what the targets serve, and their certificates for the name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: route53.IHostedZone,
        primary: cloudfront.IDistribution | AliasTarget,
        secondary: cloudfront.IDistribution | AliasTarget,
        health_check: route53.IHealthCheck,
    ) -> None:
        super().__init__(scope, id)
        implements("zone", zone, ZONE)
        implements("health_check", health_check, HEALTH_CHECK)
        self._zone = zone
        first, second = _alias("primary", primary), _alias("secondary", secondary)
        _distinct(first.domain_name, second.domain_name, "the zone's", zone.zone_name)
        self.primary = self._record("PRIMARY", first, health_check.health_check_id)
        self.secondary = self._record("SECONDARY", second)

    def _record(self, role: str, target: AliasTarget, health_check_id: str | None = None) -> route53.CfnRecordSet:
        return route53.CfnRecordSet(
            self,
            role.capitalize(),
            hosted_zone_id=self._zone.hosted_zone_id,
            name=f"{self._zone.zone_name}.",
            type="A",
            failover=role,
            set_identifier=role.lower(),
            health_check_id=health_check_id,
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                dns_name=target.domain_name, hosted_zone_id=target.hosted_zone_id, evaluate_target_health=False
            ),
        )


def _alias(argument: str, target: cloudfront.IDistribution | AliasTarget) -> AliasTarget:
    if isinstance(target, AliasTarget):
        return target
    remedy = "pass one, or AliasTarget.website(region)"
    offers(argument, target, ("distribution_domain_name",), "a distribution or an AliasTarget", remedy)
    return AliasTarget.distribution(target)
