"""The two records that are the failover."""

from aws_cdk import Duration
from aws_cdk import aws_route53 as route53
from constructs import Construct


class FailoverRecords(Construct):
    """Defines a PRIMARY and a SECONDARY failover CNAME of the same name.

    CNAMEs, because an alias to CloudFront may not evaluate the target's health while CDK demands that failover aliases
    do; and so that A and AAAA move together. The secondary carries no health check: Route 53 answers with it whenever
    the primary is unhealthy (Route 53 Developer Guide, health-checks-how-route-53-chooses-records).

    Args:
        zone: the hosted zone.
        record_name: the full name of the records, below the zone's apex.
        primary_target: what the PRIMARY record points at, while `health_check` is healthy.
        secondary_target: what the SECONDARY record points at.
        health_check: decides between the two.
        ttl: how long resolvers keep the answer; one minute by default, as Route 53 advises with health checks.

    Raises:
        ValueError: the record is at the zone's apex, where DNS allows no CNAME, or points at itself.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        zone: route53.IHostedZone,
        record_name: str,
        primary_target: str,
        secondary_target: str,
        health_check: route53.IHealthCheck,
        ttl: Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if record_name == zone.zone_name:
            msg = f"failover CNAMEs need a name below the zone's apex, got {record_name}: use www.{record_name}"
            raise ValueError(msg)
        if record_name in (primary_target, secondary_target):
            msg = f"a failover record cannot point at itself, got {record_name}: supply the services' own names"
            raise ValueError(msg)
        self.primary = route53.CnameRecord(
            self,
            "Primary",
            zone=zone,
            record_name=record_name,
            domain_name=primary_target,
            ttl=ttl or Duration.minutes(1),
            failover=route53.Failover.PRIMARY,
            set_identifier="primary",
            health_check=health_check,
        )
        self.secondary = route53.CnameRecord(
            self,
            "Secondary",
            zone=zone,
            record_name=record_name,
            domain_name=secondary_target,
            ttl=ttl or Duration.minutes(1),
            failover=route53.Failover.SECONDARY,
            set_identifier="secondary",
        )
