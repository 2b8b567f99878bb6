"""Failover for a site that exists: two buckets of the team's own, behind a distribution of the team's own.

The distribution answers under two names, has a web ACL, and leads `/api/*` to a load balancer. Its origin group does
the failover, inside each request, so that DNS never moves.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment as Ack
from aws_cdk import App, Environment, Stack, Validations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs import (
    HEALTH_KEY,
    AccessLogBucket,
    AlarmTopics,
    DistributionLogs,
    EdgeAlarms,
    Endpoint,
    FailoverHealthChecks,
    FailoverOrigin,
    HealthObject,
    Replication,
    ReplicationDestination,
    admit_distributions,
    admit_health_checkers,
    keep_objects,
)

ACCOUNT = "111111111111"
VIRGINIA, OREGON = "us-east-1", "us-west-2"
APEX, WWW = "example.com", "www.example.com"
ACL = f"arn:aws:wafv2:{VIRGINIA}:{ACCOUNT}:global/webacl/site/11111111-2222-3333-4444-555555555555"
CERTIFICATE = f"arn:aws:acm:{VIRGINIA}:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
EXPLAINED = {
    "AwsSolutions-CFR3": "logs are delivered by standard logging v2, which the rule does not see",
    "Annotation::@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac": "the copy's own stack admits it",
    "Annotation::@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk": "the default root object is in its place",
}
CONTENT, COPY = "acme-site-us-east-1", "acme-site-us-west-2"


class Copy(Stack):
    """The copy in the other region, which admits the distribution before there is one."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=OREGON))
        bucket = _bucket(self, COPY)
        keep_objects(bucket)
        admit_distributions(bucket)


class Web(Stack):
    """The content and its copying, the distribution, and what watches them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=ACCOUNT, region=VIRGINIA))
        content = _bucket(self, CONTENT)
        copy = s3.Bucket.from_bucket_attributes(self, "Copy", bucket_name=COPY, region=OREGON)
        admit_health_checkers(content)
        kept = keep_objects(content)
        rule = ReplicationDestination(copy, "to-oregon")
        replication = Replication(self, "Replication", source=content, destinations=[rule])
        health = HealthObject(self, "Health", bucket=content, replicated_to=[copy], wait_for=[replication.policy])
        kept.exempt(health.writer_role)
        distribution = self._distribution(content, copy)
        self._records(distribution)
        self._watch(content, distribution)

    def _distribution(self, content: s3.IBucket, copy: s3.IBucket) -> cloudfront.Distribution:
        origin = FailoverOrigin(primary=content, replica=copy)
        api = origins.HttpOrigin("balancer.example.com")
        https = cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS
        uncached = cloudfront.CachePolicy.CACHING_DISABLED
        images = cloudfront.CachePolicy.CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS
        return cloudfront.Distribution(
            self,
            "Distribution",
            domain_names=[APEX, WWW],
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", CERTIFICATE),
            web_acl_id=ACL,
            geo_restriction=cloudfront.GeoRestriction.denylist("AQ"),
            default_root_object="index.html",
            default_behavior=cloudfront.BehaviorOptions(origin=origin, viewer_protocol_policy=https),
            additional_behaviors={
                # A cached answer would call the distribution healthy while both buckets are lost.
                f"/{HEALTH_KEY}": cloudfront.BehaviorOptions(origin=origin, cache_policy=uncached),
                "/images/*": cloudfront.BehaviorOptions(
                    origin=origin, viewer_protocol_policy=https, cache_policy=images
                ),
                "/api/*": cloudfront.BehaviorOptions(
                    origin=api,
                    viewer_protocol_policy=https,
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                    cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                ),
            },
        )

    def _records(self, distribution: cloudfront.IDistribution) -> None:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name=APEX
        )
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
        for name in (APEX, WWW):
            route53.ARecord(self, name, zone=zone, record_name=f"{name}.", target=target)

    def _watch(self, content: s3.IBucket, distribution: cloudfront.IDistribution) -> None:
        checks = FailoverHealthChecks(
            self,
            "Checks",
            primary=Endpoint(content.bucket_regional_domain_name),
            distribution=Endpoint(distribution.distribution_domain_name),
            health_key=HEALTH_KEY,
        )
        topics = AlarmTopics(self, "Topics", display_name=APEX)
        EdgeAlarms(
            self,
            "Alarms",
            primary=checks.primary,
            distribution_check=checks.distribution,
            distribution=distribution,
            notifications=topics,
        )
        logs = AccessLogBucket(self, "ViewerLogs")
        DistributionLogs(self, "Delivery", distribution=distribution, bucket=logs.bucket)
        Validations.of(distribution).acknowledge(*(Ack(id=rule, reason=why) for rule, why in EXPLAINED.items()))


def _bucket(stack: Stack, name: str) -> s3.Bucket:
    bucket = s3.Bucket(
        stack,
        "Content",
        bucket_name=name,
        versioned=True,
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    )
    AccessLogBucket(stack, "Logs").log(bucket, prefix="site/")
    return bucket


def define(app: App) -> None:
    """Define both stacks; the copy is there before the rule that names it."""
    copy = Copy(app, "Copy")
    Web(app, "Web").add_stack_dependency(copy)


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
