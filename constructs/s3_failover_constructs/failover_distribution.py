"""The CloudFront distribution in front of the primary bucket."""

from collections.abc import Sequence
from enum import Enum

from aws_cdk import Annotations, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover_constructs.nag import acknowledge

FAILOVER_STATUS_CODES = (403, 500, 502, 503, 504)
"""Answers of the primary that send a request on to the replica. A refused connection counts as 503 and a timeout as 504
(CloudFront Developer Guide, high_availability_origin_failover); 403 means denied, as missing objects are 404 here."""


HEALTH_SECONDS = 1
"""How long the health path waits for the primary before it asks the replica, in seconds: to connect, and to answer. A
checker waits 2 seconds for the status (Route 53 Developer Guide, dns-failover-determining-health-of-endpoints)."""


class ViewerHttps(Enum):
    """What the distribution does with a viewer who comes over plain HTTP."""

    OPTIONAL = "optional"
    """HTTP and HTTPS both answer: right where the DNS secondary speaks HTTP only."""
    REDIRECT = "redirect"
    """HTTP is redirected to HTTPS."""
    HSTS = "hsts"
    """HTTP is redirected, and browsers are told to remember it: needs a secondary that speaks HTTPS."""


class FailoverDistribution(Construct):
    """Defines a distribution over private buckets, read through origin access control, with an uncached health path.

    With a replica, an origin group tries the primary once and goes on to the replica inside the request; without one,
    only the primary is read. The health path then has a group of its own that gives up after a second, because Route 53
    waits two for the status: a primary that hangs must not make the distribution look dead. The buckets' own stacks
    admit the distribution: see `admit_distributions`.

    Args:
        hostname: the alias.
        certificate: covers the hostname; must be in us-east-1.
        primary: the bucket that is read first.
        replica: the bucket behind it in the origin group; by default there is no group.
        health_key: the key of the health object, served from the same origins and never cached.
        viewer_https: what happens to plain HTTP; both protocols answer by default.
        index_document: served for `/`; `index.html` by default.
        error_document: the page for missing objects; `error.html` by default.
        failover_status_codes: what the origin group moves on; `FAILOVER_STATUS_CODES` by default.
        connect_timeout: of the one connection attempt to an origin; 2 seconds by default.
        read_timeout: of an origin's answer; 5 seconds by default.
        price_class: which edge locations serve; all by default.
        comment: shown in the console; the hostname by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hostname: str,
        certificate: acm.ICertificate,
        primary: s3.IBucket,
        health_key: str,
        replica: s3.IBucket | None = None,
        viewer_https: ViewerHttps = ViewerHttps.OPTIONAL,
        index_document: str = "index.html",
        error_document: str = "error.html",
        failover_status_codes: Sequence[int] = FAILOVER_STATUS_CODES,
        connect_timeout: Duration | None = None,
        read_timeout: Duration | None = None,
        price_class: cloudfront.PriceClass = cloudfront.PriceClass.PRICE_CLASS_ALL,
        comment: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.hostname = hostname
        self.health_key = health_key
        self._access_control = cloudfront.S3OriginAccessControl(self, "AccessControl")
        connect, read = connect_timeout or Duration.seconds(2), read_timeout or Duration.seconds(5)
        quick = Duration.seconds(HEALTH_SECONDS)
        content = self._origins(primary, replica, failover_status_codes, connect)
        health = content if replica is None else self._origins(primary, replica, failover_status_codes, quick)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=comment or hostname,
            domain_names=[hostname],
            certificate=certificate,
            # Not TLS 1.3 only: Route 53's checkers are documented for TLS 1.2 (Route 53 API, HealthCheckConfig).
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_ipv6=True,
            price_class=price_class,
            default_root_object=index_document,
            default_behavior=self._content_behavior(content, viewer_https),
            additional_behaviors={f"/{health_key}": _health_behavior(health)},
            error_responses=[
                cloudfront.ErrorResponse(
                    http_status=404,
                    response_http_status=404,
                    response_page_path=f"/{error_document}",
                    ttl=Duration.seconds(10),
                )
            ],
        )
        self._limit_origin_reads([read] if replica is None else [read, read, quick, quick])
        self._acknowledge()

    @property
    def health_endpoint(self) -> str:
        """The distribution's own domain name: health checks must not ask for the record that they decide."""
        return self.distribution.distribution_domain_name

    def _origins(
        self, primary: s3.IBucket, replica: s3.IBucket | None, codes: Sequence[int], connect_timeout: Duration
    ) -> cloudfront.IOrigin:
        if replica is None:
            return self._origin(primary, connect_timeout)
        return origins.OriginGroup(
            primary_origin=self._origin(primary, connect_timeout),
            fallback_origin=self._origin(replica, connect_timeout),
            fallback_status_codes=list(codes),
        )

    def _origin(self, bucket: s3.IBucket, connect_timeout: Duration) -> cloudfront.IOrigin:
        return origins.S3BucketOrigin.with_origin_access_control(
            bucket,
            origin_access_control=self._access_control,
            connection_attempts=1,
            connection_timeout=connect_timeout,
        )

    def _content_behavior(self, origin: cloudfront.IOrigin, viewer_https: ViewerHttps) -> cloudfront.BehaviorOptions:
        optional = viewer_https is ViewerHttps.OPTIONAL
        policy = cloudfront.ViewerProtocolPolicy
        return cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            compress=True,
            viewer_protocol_policy=policy.ALLOW_ALL if optional else policy.REDIRECT_TO_HTTPS,
            response_headers_policy=self._hsts() if viewer_https is ViewerHttps.HSTS else None,
        )

    def _hsts(self) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Hsts",
            comment=f"HSTS for {self.hostname}",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=False, override=True
                )
            ),
        )

    def _limit_origin_reads(self, timeouts: Sequence[Duration]) -> None:
        # The L2 has no read timeout for S3 origins; CloudFront has (CloudFront API, S3OriginConfig).
        cfn_distribution = self.distribution.node.default_child
        assert isinstance(cfn_distribution, cloudfront.CfnDistribution)
        for index, timeout in enumerate(timeouts):
            cfn_distribution.add_property_override(
                f"DistributionConfig.Origins.{index}.S3OriginConfig.OriginReadTimeout", timeout.to_seconds()
            )

    def _acknowledge(self) -> None:
        # The buckets' own stacks write the policies that CDK cannot write from here.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac")
        acknowledge(
            self.distribution,
            {
                "AwsSolutions-CFR1": "the content is public in every country; restricting is the site's choice",
                "AwsSolutions-CFR2": "static objects, GET and HEAD only, no application behind them to attack; "
                "a web ACL is the site's choice",
                "AwsSolutions-CFR3": "access logs are delivered by standard logging v2 (DistributionLogs), which this "
                "rule does not see; the legacy kind needs bucket ACLs",
            },
        )


def _health_behavior(origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
    # A cached health object would hide the outage from the check.
    return cloudfront.BehaviorOptions(
        origin=origin,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        compress=False,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.ALLOW_ALL,
    )
