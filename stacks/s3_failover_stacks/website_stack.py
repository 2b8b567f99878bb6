"""The website secondary: the first replica's bucket, named like the hostname."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Site, StackRole
from s3_failover.names.stacks import Output
from s3_failover_constructs import WebsiteRedirectBucket, WebsiteReplicaBucket, admit_distributions, website_endpoint
from s3_failover_stacks.logs import access_logs
from s3_failover_stacks.outputs import output
from s3_failover_stacks.replication_wiring import admit_site_account, replication_events


class WebsiteStack(Stack):
    """Defines the public replica bucket that the SECONDARY record points at.

    It is a stack of its own, and each kind of secondary is: a site that changes its secondary leaves the old one whole
    until the edge has moved away from it, and comes back to it as it was.

    Attributes:
        bucket: the replica bucket.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, region: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"{site.hostname}: website in {region}", **kwargs)
        names = site.names(site.account or self.account)
        self.bucket: s3.Bucket = WebsiteReplicaBucket(
            self,
            "Replica",
            hostname=site.hostname,
            health_key=site.health_key,
            index_document=site.index_document,
            error_document=site.missing_document,
            versioned=site.versioned,
            cors_origins=site.cdn.cors_origins,
            noncurrent_version_expiration=Duration.days(site.noncurrent_version_days),
            access_logs=access_logs(self, site, names, StackRole.WEBSITE, region),
        ).bucket
        admit_distributions(self.bucket, distribution_id=site.distribution_id, account=site.account)
        admit_site_account(site, self.bucket, None)
        if site.replication.two_way:
            replication_events(self, site, self.bucket)
        for alias in site.redirects:
            WebsiteRedirectBucket(self, f"Redirect-{alias}", hostname=alias, redirect_to=site.hostname)
        endpoint = website_endpoint(site.hostname, region)
        output(self, Output.BUCKET_NAME, self.bucket.bucket_name, "The replica bucket")
        output(self, Output.WEBSITE_ENDPOINT, endpoint, "What the SECONDARY record points at")
