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
    ReturnReplication,
    ReturnSource,
)
from stacks.logs import access_logs
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
        self._alarms(site, names, primary)
        CfnOutput(self, "BucketName", value=primary.bucket_name, description="Publish here")
        if not is_ours:
            role = replication.role.role_arn
            CfnOutput(self, "ReplicationRoleArn", value=role, description="For the rules: run s3-failover policies")

    def _bucket(self, site: Site, names: Names) -> s3.Bucket:
        key = content_key(self, site)
        if key is not None:
            key.admit_distributions(distribution_id=site.distribution_id)
        return PrimaryBucket(
            self,
            "Primary",
            bucket_name=names.primary,
            health_key=site.health_key,
            encryption_key=key.key if key else None,
            distribution_id=site.distribution_id,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=access_logs(self, site, names, site.primary_region),
        ).bucket

    def _replication(self, site: Site, names: Names, source: s3.IBucket) -> Replication:
        replicas = {
            region: s3.Bucket.from_bucket_attributes(
                self,
                f"Replica-{region}",
                bucket_name=names.replica(region),
                region=region,
                account=site.replica_account,
            )
            for region in site.replica_regions
        }
        copies = {site.primary_region: source, **replicas}
        if site.replication.two_way:
            ReturnReplication(
                self,
                "ReturnReplication",
                sources=[ReturnSource(copies[region], destinations(site, region, copies)) for region in replicas],
                options=options(site),
                wait_for=[source],
            )
        return Replication(
            self,
            "Replication",
            source=source,
            destinations=destinations(site, site.primary_region, copies),
            options=options(site),
            role_name=site.replication_role if site.existing.primary_bucket or site.replica_account else None,
        )

    def _alarms(self, site: Site, names: Names, source: s3.IBucket) -> None:
        topics = AlarmTopics(
            self,
            "Topics",
            title=f"{site.name} {site.primary_region}",
            warning_emails=site.alarms.warning_emails,
            critical_emails=site.alarms.critical_emails,
        )
        replication_alarms(self, site, names, site.primary_region, topics)
        replication_events(self, site, source, topics)
