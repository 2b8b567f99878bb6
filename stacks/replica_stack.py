"""A replica region: the copy of the content and the alarms on its replication."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, SecondaryType, Site, ViewerHttps
from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    ContentKey,
    HttpsEndpoint,
    OriginPolicy,
    ReplicaBucket,
    WebsiteReplicaBucket,
    admit_distributions,
    website_endpoint,
)
from stacks.logs import access_logs
from stacks.replication_wiring import admit_site_account, content_key, replication_alarms, replication_events


class ReplicaStack(Stack):
    """Defines the replica bucket of one region; in the first replica region also the secondary that serves it."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: replica in {region}",
            termination_protection=True,
            **kwargs,
        )
        names = site.names(site.account or self.account)
        is_secondary = region == site.replica_regions[0]
        is_website = is_secondary and site.secondary.type is SecondaryType.WEBSITE
        bucket: s3.IBucket
        if region in site.existing.replica_buckets:
            bucket = s3.Bucket.from_bucket_attributes(self, "Replica", bucket_name=names.replica(region), region=region)
        else:
            bucket = self._bucket(site, names, region, is_website=is_website)
        if site.replica_account is None and site.versioned:
            # S3 publishes how late a copy is in the copy's region; without its replication there is nothing to watch.
            self._alarms(site, names, region, bucket)
        CfnOutput(self, "BucketName", value=bucket.bucket_name, description="The replica bucket")
        if is_secondary:
            self._secondary(site, bucket, region)

    def _secondary(self, site: Site, bucket: s3.IBucket, region: str) -> None:
        points_at = "What the SECONDARY record points at"
        match site.secondary.type:
            case SecondaryType.WEBSITE:
                endpoint = website_endpoint(site.hostname, region)
                CfnOutput(self, "WebsiteEndpoint", value=endpoint, description=points_at)
            case SecondaryType.HTTPS:
                self._https_endpoint(site, bucket)
                CfnOutput(self, "HttpsEndpoint", value=site.endpoint_name, description=points_at)
            case SecondaryType.EXTERNAL:
                self._external(site, bucket)

    def _bucket(self, site: Site, names: Names, region: str, *, is_website: bool) -> s3.Bucket:
        logs = access_logs(self, site, names, region)
        key = content_key(self, site)
        bucket = self._website(site, logs) if is_website else self._private(site, names.replica(region), logs, key)
        if region == site.replica_regions[0] and site.reads_replica_through_distribution:
            admitted = {"distribution_id": site.distribution_id, "account": site.account}
            admit_distributions(bucket, **admitted)
            if key is not None:
                key.admit_distributions(**admitted)
        admit_site_account(site, region, bucket, key)
        return bucket

    def _website(self, site: Site, logs: AccessLogBucket) -> s3.Bucket:
        return WebsiteReplicaBucket(
            self,
            "Replica",
            hostname=site.hostname,
            health_key=site.health_key,
            index_document=site.index_document,
            error_document=site.missing_document,
            versioned=site.versioned,
            cors_origins=site.cdn.cors_origins,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        ).bucket

    def _private(self, site: Site, bucket_name: str, logs: AccessLogBucket, key: ContentKey | None) -> s3.Bucket:
        return ReplicaBucket(
            self,
            "Replica",
            bucket_name=bucket_name,
            health_key=site.health_key,
            encryption_key=key.key if key else None,
            versioned=site.versioned,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        ).bucket

    def _https_endpoint(self, site: Site, bucket: s3.IBucket) -> HttpsEndpoint:
        assert site.hosted_zone.id is not None
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=site.hosted_zone.id, zone_name=site.hosted_zone.name
        )
        return HttpsEndpoint(
            self,
            "Endpoint",
            hostname=site.hostname,
            target_name=site.endpoint_name,
            check_name=site.endpoint_check_name,
            zone=zone,
            certificate=self._certificate(site, zone),
            bucket=bucket,
            index_document=site.index_document,
            error_document=site.missing_document,
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
            subject_alternative_names=[site.endpoint_check_name],
            validation=acm.CertificateValidation.from_dns(zone),
        )

    def _external(self, site: Site, bucket: s3.IBucket) -> None:
        """Tell what the other provider's CDN must be set up with."""
        cdn, policy = site.secondary.hostname, OriginPolicy(self, "OriginPolicy", bucket=bucket)
        for key, value, description in (
            ("ExternalCdnHostnames", f"{site.hostname} {cdn}", "The other CDN must answer for both, with HTTPS"),
            ("ExternalCdnOrigin", bucket.bucket_regional_domain_name, "Its origin, private: requests must be signed"),
            ("ExternalCdnOriginPolicyArn", policy.policy_arn, "Attach it to the user whose key signs them"),
            ("ExternalCdnHealthUrl", f"https://{cdn}/{site.health_key}", "Must answer 200 and must not be cached"),
        ):
            CfnOutput(self, key, value=value, description=description)

    def _alarms(self, site: Site, names: Names, region: str, bucket: s3.IBucket) -> None:
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.name} {region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        replication_alarms(self, site, names, region, topics)
        if site.replication.two_way:
            replication_events(self, site, bucket)
