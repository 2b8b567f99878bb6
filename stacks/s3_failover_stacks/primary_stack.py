"""The primary region: the bucket content is published to, and its replication."""

from typing import Any

from aws_cdk import Duration, Stack, Tags
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from s3_failover.config import Names, Site, StackRole
from s3_failover.names import tags
from s3_failover.names.stacks import Output
from s3_failover_constructs import (
    EventReplication,
    EventReplicationAlarms,
    HealthObject,
    Notifications,
    PrimaryBucket,
    Replication,
    ReturnReplication,
    ReturnSource,
)
from s3_failover_stacks.logs import access_logs
from s3_failover_stacks.notifications import SiteNotifications, notifications
from s3_failover_stacks.outputs import output
from s3_failover_stacks.replication_wiring import content_key, destinations, options, replication_events

_Copying = tuple[IDependable, sqs.IQueue | None]
"""What must be there before anything is copied, and where a function that copies takes hints."""


class PrimaryStack(Stack):
    """Defines the primary bucket, its replication, the health object and the alarms on failed copies.

    Attributes:
        bucket: where content is published.
        replicas: the buckets of the replicas by region, as they are known by their names.
        replication: what copies.
        health_object: what every check reads.
        notifications: what the alarms on a function that copies do; None where S3 copies.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        notify: SiteNotifications | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{site.hostname}: primary in {site.primary_region}",
            **kwargs,
        )
        names = site.names(self.account)
        made = self._bucket(site, names) if site.existing.primary_bucket is None else None
        self.bucket: s3.IBucket = made.bucket if made else s3.Bucket.from_bucket_name(self, "Primary", names.primary)
        self.replicas = self._replicas(site, names)
        self.replication: Replication | EventReplication
        self.notifications: Notifications | None = None
        self._notify = notify
        ready, hints = (self._by_s3 if site.versioned else self._by_function)(site, self.bucket, self.replicas)
        self.health_object = HealthObject(
            self,
            "HealthObject",
            bucket=self.bucket,
            key=site.health_key,
            # An existing bucket gets its rules later, so there is nothing to wait for.
            replicated_to=list(self.replicas.values()) if made else [],
            looked_at=[] if site.versioned else list(self.replicas.values()),
            wait_for=[ready],
            hints=hints,
        )
        output(self, Output.BUCKET_NAME, self.bucket.bucket_name, "Publish here")
        if made:
            made.exempt(self.health_object.writer_role)
        self.health_object.come_last()

    def _bucket(self, site: Site, names: Names) -> PrimaryBucket:
        key = content_key(self, site)
        if key is not None:
            key.admit_distributions(distribution_id=site.distribution_id)
        made = PrimaryBucket(
            self,
            "Primary",
            bucket_name=names.primary,
            health_key=site.health_key,
            encryption_key=key.key if key else None,
            distribution_id=site.distribution_id,
            versioned=site.versioned,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=access_logs(self, site, names, StackRole.PRIMARY, site.primary_region),
        )
        Tags.of(made.bucket).add(tags.ROLE, tags.PRIMARY)
        return made

    def _replicas(self, site: Site, names: Names) -> dict[str, s3.IBucket]:
        return {
            region: s3.Bucket.from_bucket_attributes(
                self,
                f"Replica-{region}",
                bucket_name=names.replica(region),
                region=region,
                account=site.replica_account,
            )
            for region in site.replica_regions
        }

    def _by_s3(self, site: Site, source: s3.IBucket, replicas: dict[str, s3.IBucket]) -> _Copying:
        copies = {site.primary_region: source, **replicas}
        if site.replication.two_way:
            ReturnReplication(
                self,
                "ReturnReplication",
                sources=[ReturnSource(copies[region], destinations(site, region, copies)) for region in replicas],
                options=options(site),
                wait_for=[source],
            )
        self.replication = replication = Replication(
            self,
            "Replication",
            source=source,
            destinations=destinations(site, site.primary_region, copies),
            options=options(site),
            # The rules of a bucket that comes back after its stack was destroyed name this role.
            role_name=site.replication_role,
        )
        replication_events(self, site, source)
        if site.existing.primary_bucket is not None:
            role = replication.role.role_arn
            output(self, Output.REPLICATION_ROLE_ARN, role, "For the rules: run s3-failover policies")
        return replication.policy, None

    def _by_function(self, site: Site, source: s3.IBucket, replicas: dict[str, s3.IBucket]) -> _Copying:
        # The configuration refuses this engine for an existing bucket.
        assert isinstance(source, s3.Bucket)
        replication = EventReplication(self, "EventReplication", source=source, destinations=list(replicas.values()))
        self.replication = replication
        self.notifications = notifications(self, site, site.primary_region, self._notify)
        EventReplicationAlarms(
            self,
            "ReplicationAlarms",
            name=site.naming.label,
            queue=replication.queue,
            dead_letters=replication.dead_letters,
            notifications=self.notifications,
            latency=Duration.seconds(site.alarms.replication_latency_seconds),
            pending_operations=site.alarms.replication_pending_operations,
            runbook=site.runbook,
        )
        description = "Hints for the replication; redrive the dead letters to it"
        output(self, Output.REPLICATION_QUEUE_URL, replication.queue.queue_url, description)
        dead = "Changes that the replication has given up"
        output(self, Output.REPLICATION_DEAD_LETTERS_URL, replication.dead_letters.queue_url, dead)
        return replication.ready, replication.queue
