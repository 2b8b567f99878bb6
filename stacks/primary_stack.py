"""The primary region: the bucket content is published to, and its replication."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site
from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    HealthObject,
    PrimaryBucket,
    Replication,
    ReturnReplication,
    ReturnSource,
)
from stacks.replication_wiring import content_key, destinations, options, replication_alarms, replication_events


class PrimaryStack(Stack):
    """Defines the primary bucket, its replication, the health object and the alarms on failed copies."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, **kwargs: Any) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: primary in {site.primary_region}",
            termination_protection=True,
            **kwargs,
        )
        names = site.names(self.account)
        logs = AccessLogBucket(
            self,
            "AccessLogs",
            bucket_name=names.access_logs(site.primary_region),
            expiration=Duration.days(site.access_log_days),
        )
        key = content_key(self, site)
        if key is not None:
            key.admit_distributions(distribution_id=site.distribution_id)
        primary = PrimaryBucket(
            self,
            "Primary",
            bucket_name=names.primary,
            health_key=site.health_key,
            encryption_key=key.key if key else None,
            distribution_id=site.distribution_id,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        )
        copies = {site.primary_region: primary.bucket, **self._replicas(site, names)}
        replication = self._replication(site, copies, primary.bucket)
        HealthObject(
            self,
            "HealthObject",
            bucket=primary.bucket,
            key=site.health_key,
            replicated_to=[names.replica(region) for region in site.replica_regions],
            wait_for=[replication.policy],
        )
        self._alarms(site, names, primary.bucket)
        CfnOutput(self, "BucketName", value=primary.bucket.bucket_name, description="Publish here")

    def _replicas(self, site: Site, names: Names) -> dict[str, s3.IBucket]:
        return {
            region: s3.Bucket.from_bucket_attributes(
                self, f"Replica-{region}", bucket_name=names.replica(region), region=region
            )
            for region in site.replica_regions
        }

    def _replication(self, site: Site, copies: Mapping[str, s3.IBucket], source: s3.Bucket) -> Replication:
        if site.replication.two_way:
            ReturnReplication(
                self,
                "ReturnReplication",
                sources=[
                    ReturnSource(copies[region], destinations(site, region, copies)) for region in site.replica_regions
                ],
                options=options(site),
                wait_for=[source],
            )
        return Replication(
            self,
            "Replication",
            source=source,
            destinations=destinations(site, site.primary_region, copies),
            options=options(site),
        )

    def _alarms(self, site: Site, names: Names, source: s3.Bucket) -> None:
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.name} {site.primary_region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        replication_alarms(self, site, names, site.primary_region, topics)
        replication_events(self, site, source, topics)
