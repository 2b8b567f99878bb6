"""The primary region: the bucket content is published to, and its replication."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site
from s3_failover_constructs import (
    AlarmTopics,
    HealthObject,
    PrimaryBucket,
    Replication,
    ReplicationDestination,
    ReplicationFailureAlarm,
)
from stacks.logs import access_logs


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
        is_ours = site.existing.primary_bucket is None
        primary = self._bucket(site, names) if is_ours else s3.Bucket.from_bucket_name(self, "Primary", names.primary)
        replication = self._replication(site, names, primary)
        HealthObject(
            self,
            "HealthObject",
            bucket=primary,
            key=site.health_key,
            # The rules of somebody else's bucket come later: nothing can be waited for.
            replicated_to=[names.replica(region) for region in site.replica_regions] if is_ours else [],
            wait_for=[replication.policy],
        )
        self._alarms(site, names)
        CfnOutput(self, "BucketName", value=primary.bucket_name, description="Publish here")
        if not is_ours:
            role = replication.role.role_arn
            CfnOutput(self, "ReplicationRoleArn", value=role, description="For the rules: run s3-failover policies")

    def _bucket(self, site: Site, names: Names) -> s3.IBucket:
        return PrimaryBucket(
            self,
            "Primary",
            bucket_name=names.primary,
            health_key=site.health_key,
            distribution_id=site.distribution_id,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=access_logs(self, site, names, site.primary_region),
        ).bucket

    def _replication(self, site: Site, names: Names, source: s3.IBucket) -> Replication:
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
            role_name=site.replication_role if site.existing.primary_bucket else None,
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
