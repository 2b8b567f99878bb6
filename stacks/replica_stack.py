"""A replica region: the copy of the content and the alarms on its replication."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site
from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    ReplicaBucket,
    ReplicationLagAlarms,
    WebsiteReplicaBucket,
    admit_distributions,
    website_endpoint,
)


class ReplicaStack(Stack):
    """Defines the replica bucket of one region; the first replica region's is the website secondary."""

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
        bucket = self._website(site, logs) if is_secondary else self._private(site, names.replica(region), logs)
        if is_secondary and site.reads_replica_through_distribution:
            admit_distributions(bucket, distribution_id=site.distribution_id)
        self._alarms(site, names, region)
        CfnOutput(self, "BucketName", value=bucket.bucket_name, description="The replica bucket")
        if is_secondary:
            endpoint = website_endpoint(site.hostname, region)
            CfnOutput(self, "WebsiteEndpoint", value=endpoint, description="What the SECONDARY record points at")

    def _website(self, site: Site, logs: AccessLogBucket) -> s3.Bucket:
        return WebsiteReplicaBucket(
            self,
            "Replica",
            hostname=site.hostname,
            health_key=site.health_key,
            index_document=site.index_document,
            error_document=site.missing_document,
            cors_origins=site.cdn.cors_origins,
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
