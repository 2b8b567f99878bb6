"""The https secondary: an API in the first replica's region that serves the private replica bucket."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover.config import Site, ViewerHttps
from s3_failover.names.stacks import Output
from s3_failover_constructs import HttpsEndpoint
from s3_failover_stacks.outputs import output
from s3_failover_stacks.replication_wiring import first_replica


class HttpsStack(Stack):
    """Defines the API that the SECONDARY record points at, its certificate and its names.

    Attributes:
        endpoint: the API and its names.
        certificate: covers both names.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: https secondary in {region}", **kwargs)
        assert site.hosted_zone.id is not None
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=site.hosted_zone.id, zone_name=site.hosted_zone.name
        )
        self.certificate = self._certificate(site, zone)
        self.endpoint = HttpsEndpoint(
            self,
            "Endpoint",
            hostname=site.hostname,
            target_name=site.endpoint_name,
            check_name=site.endpoint_check_name,
            zone=zone,
            certificate=self.certificate,
            aliases={alias: site.under(alias).endpoint_name for alias in site.aliases},
            bucket=first_replica(self, site),
            encrypted=site.key_alias is not None,
            index_document=site.index_document,
            error_document=site.missing_document,
            hsts=site.https is ViewerHttps.HSTS,
            ttl=Duration.seconds(site.record_ttl),
        )
        output(self, Output.HTTPS_ENDPOINT, site.endpoint_name, "What the SECONDARY record points at")

    def _certificate(self, site: Site, zone: route53.IHostedZone) -> acm.ICertificate:
        if site.secondary.certificate_arn is not None:
            return acm.Certificate.from_certificate_arn(self, "Certificate", site.secondary.certificate_arn)
        return acm.Certificate(
            self,
            "Certificate",
            certificate_name=f"{self.stack_name}/Certificate",
            domain_name=site.hostname,
            subject_alternative_names=[site.endpoint_check_name, *site.aliases],
            validation=acm.CertificateValidation.from_dns(zone),
        )
