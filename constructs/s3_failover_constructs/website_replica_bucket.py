"""The replica that viewers reach when DNS has moved: an S3 website named like the hostname."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from s3_failover import values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover_constructs.access_log_bucket import AccessLogBucket
from s3_failover_constructs.arguments import KEPT, known, text, texts
from s3_failover_constructs.bucket_access import open_website
from s3_failover_constructs.content_bucket import ContentBucket
from s3_failover_constructs.endpoint import Endpoint
from s3_failover_constructs.same_bucket import require_free


class WebsiteReplicaBucket(Construct):
    """Defines the replica bucket that the SECONDARY record points at, publicly readable and nothing more.

    S3 finds a website's bucket by the Host header, so the bucket must be named exactly like the hostname in the
    browser's address bar (S3 User Guide, VirtualHosting). Website endpoints serve public objects only and speak no
    TLS: anyone may get an object, over HTTP too; everything else, listing included, stays closed, and needs TLS from
    those who may.

    Attributes:
        bucket: the bucket.

    Args:
        hostname: the site's hostname, and so the bucket's name.
        health_key: the key of the health object, not to be deleted; `_s3-failover/health.txt` by default.
        index_document: served for paths that end in `/`; `index.html` by default.
        error_document: the page for missing objects; `error.html` by default.
        versioned: whether old versions are kept for a while, as replication by S3 needs it; true by default.
        cors_origins: the origins whose scripts may read the content; `*` for all, none by default.
        noncurrent_version_expiration: how long old versions are kept; 30 days by default.
        removal_policy: what becomes of the bucket when its stack goes; kept by default.
        access_logs: where server access logs go; by default there are none. A bucket of yours must let them in.
        access_log_prefix: what the log keys start with; `website/` by default. Two buckets that log to one need two.

    Leaves to you:
        the rules that fill it: see `Replication`; the record that points at it. Its endpoint speaks no TLS.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        hostname: str,
        health_key: str = HEALTH_KEY,
        index_document: str = "index.html",
        error_document: str = "error.html",
        versioned: bool = True,
        cors_origins: Sequence[str] = (),
        noncurrent_version_expiration: Duration | None = None,
        removal_policy: RemovalPolicy = KEPT,
        access_logs: AccessLogBucket | s3.IBucket | None = None,
        access_log_prefix: str = "website/",
    ) -> None:
        super().__init__(scope, id)
        text("hostname", hostname, values.hostname)
        require_free(self, "hostname", hostname)
        text("health_key", health_key, values.health_key)
        text("index_document", index_document, values.index_document)
        text("error_document", error_document, values.error_document)
        texts("cors_origins", cors_origins, values.web_origins)
        content = ContentBucket(
            self,
            "Content",
            bucket_name=hostname,
            protected_keys=[health_key],
            versioned=versioned,
            noncurrent_version_expiration=noncurrent_version_expiration,
            removal_policy=removal_policy,
            access_logs=access_logs,
            access_log_prefix=access_log_prefix,
            block_public_access=s3.BlockPublicAccess(
                block_public_acls=True,
                ignore_public_acls=True,
                block_public_policy=False,
                restrict_public_buckets=False,
            ),
            enforce_ssl=False,
            website_index_document=index_document,
            website_error_document=error_document,
        )
        self.bucket = content.bucket
        if cors_origins:
            self.bucket.add_cors_rule(
                allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD],
                allowed_origins=list(cors_origins),
                allowed_headers=["*"],
                max_age=3600,
            )
        self._hostname, self._health_key = hostname, health_key
        open_website(self.bucket)

    @property
    def endpoint(self) -> Endpoint:
        """What health checkers ask and the SECONDARY record points at; the stack's region must be known."""
        name = website_endpoint(self._hostname, Stack.of(self).region)
        return Endpoint(name, path=f"/{self._health_key}", https=False)


def website_endpoint(hostname: str, region: str) -> str:
    """Return the S3 website endpoint of the bucket named like the hostname, spelled as the region spells it.

    Raises:
        ValueError: CDK knows no website endpoint in that region, or the region is a token.
    """
    known("region", region)
    endpoint = RegionInfo.get(region).s3_static_website_endpoint
    if endpoint is None:
        msg = f"no S3 website endpoint known in {region}: choose another first replica region, or update aws-cdk-lib"
        raise ValueError(msg)
    return f"{hostname}.{endpoint}"
