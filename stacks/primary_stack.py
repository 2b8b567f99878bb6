"""The primary region: the bucket content is published to, and its replication."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from s3_failover.config import Names, Site
from s3_failover_constructs import (
    AccessLogBucket,
    AlarmTopics,
    EventReplication,
    EventReplicationAlarms,
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
            versioned=site.versioned,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=logs,
        )
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.name} {site.primary_region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        replicas = [
            s3.Bucket.from_bucket_attributes(
                self, f"Replica-{region}", bucket_name=names.replica(region), region=region
            )
            for region in site.replica_regions
        ]
        replicated = self._by_s3 if site.versioned else self._by_events
        HealthObject(
            self,
            "HealthObject",
            bucket=primary.bucket,
            key=site.health_key,
            replicated_to=[names.replica(region) for region in site.replica_regions],
            looked_at=[] if site.versioned else replicas,
            wait_for=[replicated(site, names, primary.bucket, replicas, topics)],
        )
        CfnOutput(self, "BucketName", value=primary.bucket.bucket_name, description="Publish here")

    def _by_s3(
        self, site: Site, names: Names, source: s3.Bucket, replicas: list[s3.IBucket], topics: AlarmTopics
    ) -> IDependable:
        rules = [names.replication_rule(region) for region in site.replica_regions]
        replication = Replication(
            self,
            "Replication",
            source=source,
            destinations=[ReplicationDestination(*pair) for pair in zip(replicas, rules, strict=True)],
            delete_markers=site.replicate_delete_markers,
            time_control=site.replication_time_control,
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
        return replication.policy

    def _by_events(
        self, site: Site, _names: Names, source: s3.Bucket, replicas: list[s3.IBucket], topics: AlarmTopics
    ) -> IDependable:
        replication = EventReplication(self, "EventReplication", source=source, destinations=replicas)
        EventReplicationAlarms(
            self,
            "ReplicationAlarms",
            name=site.name,
            replication=replication,
            topics=topics,
            latency=Duration.seconds(site.alarms.replication_latency_seconds),
            pending_operations=site.alarms.replication_pending_operations,
        )
        description = "Hints for the replication; redrive the dead letters to it"
        CfnOutput(self, "ReplicationQueueUrl", value=replication.queue.queue_url, description=description)
        return replication.ready
