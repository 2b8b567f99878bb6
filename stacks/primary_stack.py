"""The primary region: the bucket content is published to, and its replication."""

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
    ReplicationDestination,
    ReplicationFailureAlarm,
)


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
        primary = PrimaryBucket(
            self,
            "Primary",
            bucket_name=names.primary,
            health_key=site.health_key,
            distribution_id=site.distribution_id,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        )
        replication = self._replication(site, names, primary.bucket)
        HealthObject(
            self,
            "HealthObject",
            bucket=primary.bucket,
            key=site.health_key,
            replicated_to=[names.replica(region) for region in site.replica_regions],
            wait_for=[replication.policy],
        )
        self._alarms(site, names)
        CfnOutput(self, "BucketName", value=primary.bucket.bucket_name, description="Publish here")

    def _replication(self, site: Site, names: Names, source: s3.Bucket) -> Replication:
        return Replication(
            self,
            "Replication",
            source=source,
            destinations=[
                ReplicationDestination(
                    s3.Bucket.from_bucket_name(self, f"Replica-{region}", names.replica(region)),
                    names.replication_rule(region),
                )
                for region in site.replica_regions
            ],
            delete_markers=site.replicate_delete_markers,
            time_control=site.replication_time_control,
        )

    def _alarms(self, site: Site, names: Names) -> None:
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.name} {site.primary_region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        for region in site.replica_regions:
            ReplicationFailureAlarm(
                self,
                f"ReplicationFailure-{region}",
                name=site.name,
                source_bucket_name=names.primary,
                destination_bucket_name=names.replica(region),
                rule_id=names.replication_rule(region),
                topics=topics,
            )
