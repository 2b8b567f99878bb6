"""A replica region: the copy of the content and the alarms on its replication."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site, ViewerHttps
from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    HttpsEndpoint,
    ReplicaBucket,
    ReplicationLagAlarms,
    WebsiteReplicaBucket,
    admit_distributions,
    website_endpoint,
)


class ReplicaStack(Stack):
    """Defines the replica bucket of one region; in the first replica region also the secondary."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: replica in {region}",
            termination_protection=True,
            **kwargs,
        )
        names = site.names(self.account)
        logs = AccessLogBucket(
            self, "AccessLogs", bucket_name=names.access_logs(region), expiration=Duration.days(site.access_log_days)
        )
        is_secondary = region == site.replica_regions[0]
        website = is_secondary and site.has_website_secondary
        bucket = self._website(site, logs) if website else self._private(site, names.replica(region), logs)
        if is_secondary and site.reads_replica_through_distribution:
            admit_distributions(bucket, distribution_id=site.distribution_id)
        self._alarms(site, names, region)
        CfnOutput(self, "BucketName", value=bucket.bucket_name, description="The replica bucket")
        if website:
            endpoint = website_endpoint(site.hostname, region)
            CfnOutput(self, "WebsiteEndpoint", value=endpoint, description="What the SECONDARY record points at")
        elif is_secondary:
            self._https_endpoint(site, bucket)
            target = site.secondary_target
            CfnOutput(self, "HttpsEndpoint", value=target, description="What the SECONDARY record points at")

    def _website(self, site: Site, logs: AccessLogBucket) -> s3.Bucket:
        return WebsiteReplicaBucket(
            self,
            "Replica",
            hostname=site.hostname,
            health_key=site.health_key,
            index_document=site.index_document,
            error_document=site.error_document,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        ).bucket

    def _private(self, site: Site, bucket_name: str, logs: AccessLogBucket) -> s3.Bucket:
        return ReplicaBucket(
            self,
            "Replica",
            bucket_name=bucket_name,
            health_key=site.health_key,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        ).bucket

    def _https_endpoint(self, site: Site, bucket: s3.Bucket) -> HttpsEndpoint:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=site.hosted_zone.id, zone_name=site.hosted_zone.name
        )
        return HttpsEndpoint(
            self,
            "Endpoint",
            hostname=site.hostname,
            target_name=site.secondary_target,
            check_name=site.secondary_check,
            zone=zone,
            certificate=self._certificate(site, zone),
            bucket=bucket,
            index_document=site.index_document,
            error_document=site.error_document,
            hsts=site.https is ViewerHttps.HSTS,
            ttl=Duration.seconds(site.record_ttl),
        )

    def _certificate(self, site: Site, zone: route53.IHostedZone) -> acm.ICertificate:
        if site.secondary.certificate_arn is not None:
            return acm.Certificate.from_certificate_arn(self, "Certificate", site.secondary.certificate_arn)
        return acm.Certificate(
            self,
            "Certificate",
            domain_name=site.hostname,
            subject_alternative_names=[site.secondary_check],
            validation=acm.CertificateValidation.from_dns(zone),
        )

    def _alarms(self, site: Site, names: Names, region: str) -> None:
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.name} {region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        ReplicationLagAlarms(
            self,
            "ReplicationLag",
            name=site.name,
            source_bucket_name=names.primary,
            destination_bucket_name=names.replica(region),
            rule_id=names.replication_rule(region),
            topics=topics,
            latency=Duration.seconds(site.alarms.replication_latency_seconds),
            pending_operations=site.alarms.replication_pending_operations,
        )
