"""A replica region: the private copy of the content."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site, StackRole
from s3_failover.names.stacks import Output
from s3_failover_constructs import ContentKey, ReplicaBucket, admit_distributions
from s3_failover_stacks.logs import access_logs
from s3_failover_stacks.outputs import output
from s3_failover_stacks.replication_wiring import admit_site_account, content_key, replication_events


class ReplicaStack(Stack):
    """Defines the private replica bucket of one region.

    The first one admits the distribution in every mode: a policy that came and went with the mode would be gone
    before the edge, which is deployed later, has stopped to read the bucket.

    Attributes:
        bucket: the replica bucket.
        key: what encrypts it, where the site has KMS keys.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: replica in {region}", **kwargs)
        names = site.names(site.account or self.account)
        self.key = content_key(self, site)
        self.bucket = self._bucket(site, names, region, self.key)
        if region == site.replica_regions[0]:
            admitted = {"distribution_id": site.distribution_id, "account": site.account}
            admit_distributions(self.bucket, **admitted)
            if self.key is not None:
                self.key.admit_distributions(**admitted)
        admit_site_account(site, self.bucket, self.key)
        if site.replication.two_way:
            replication_events(self, site, self.bucket)
        output(self, Output.BUCKET_NAME, self.bucket.bucket_name, "The replica bucket")

    def _bucket(self, site: Site, names: Names, region: str, key: ContentKey | None) -> s3.Bucket:
        return ReplicaBucket(
            self,
            "Replica",
            bucket_name=names.replica(region),
            health_key=site.health_key,
            encryption_key=key.key if key else None,
            versioned=site.versioned,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=access_logs(self, site, names, StackRole.REPLICA, region),
        ).bucket
