"""Where the access logs of a region go: to a bucket that the site makes, or to an existing one."""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover.config import Names, Site, StackRole
from s3_failover_constructs import AccessLogBucket
from s3_failover_constructs.nag import acknowledge

_UNLOGGED = {"AwsSolutions-S1": "the site has no access logs, as its settings say"}


def access_logs(scope: Construct, site: Site, names: Names, role: StackRole, region: str) -> AccessLogBucket | None:
    """Return the bucket for the S3 access logs of the bucket that a stack of a role makes in a region; None without."""
    if not site.access_logs:
        acknowledge(scope, _UNLOGGED)
        return None
    return _logs(scope, site, names.access_logs(role, region), existing=region in site.existing.log_buckets)


def cdn_logs(scope: Construct, site: Site, names: Names) -> AccessLogBucket:
    """Return the bucket for the distribution's access logs."""
    return _logs(scope, site, names.cdn_logs, existing=site.existing.cdn_log_bucket is not None)


def _logs(scope: Construct, site: Site, name: str, *, existing: bool) -> AccessLogBucket:
    if existing:
        bucket = s3.Bucket.from_bucket_name(scope, "ExistingLogs", name)
        return AccessLogBucket(scope, "AccessLogs", bucket=bucket)
    return AccessLogBucket(scope, "AccessLogs", bucket_name=name, expiration=Duration.days(site.access_log_days))
