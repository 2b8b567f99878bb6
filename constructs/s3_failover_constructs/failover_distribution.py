"""The CloudFront distribution in front of the primary bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from aws_cdk import Annotations, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover_constructs.arguments import duration, fits, items, member, optional_text, text
from s3_failover_constructs.nag import acknowledge
from s3_failover_constructs.viewer_functions import ViewerFunctions, ViewerPaths
from s3_failover_constructs.viewer_headers import ViewerHeaders, response_headers_policy

FAILOVER_STATUS_CODES = (403, 500, 502, 503, 504)
"""Answers of the primary that send a request on to the replica. A refused connection counts as 503 and a timeout as 504
(CloudFront Developer Guide, high_availability_origin_failover); 403 means denied, as missing objects are 404 here."""


HEALTH_SECONDS = 1
"""How long the health path waits for the primary before it asks the replica, in seconds: to connect, and to answer. A
checker waits 2 seconds for the status (Route 53 Developer Guide, dns-failover-determining-health-of-endpoints)."""

LONGEST_READ = 120
"""Seconds that CloudFront waits for an S3 origin at most (CloudFront API, S3OriginConfig)."""


class ViewerHttps(Enum):
    """What the distribution does with a viewer who comes over plain HTTP."""

    OPTIONAL = "optional"
    """HTTP and HTTPS both answer: right where the DNS secondary speaks HTTP only."""
    REDIRECT = "redirect"
    """HTTP is redirected to HTTPS."""
    HSTS = "hsts"
    """HTTP is redirected, and browsers are told to remember it: needs a secondary that speaks HTTPS."""


@dataclass(frozen=True)
class MaintenancePage:
    """The page that stands in for a site that cannot answer, always with 503.

    It is read from another bucket than the content, because it is needed when the content is not there.

    Args:
        key: the page's key; it needs nothing else from the site.
        bucket: where it is read: a replica, whose policy must admit the distribution.
    """

    key: str
    bucket: s3.IBucket

    def __post_init__(self) -> None:
        text("key", self.key)
        fits("key", values.maintenance_page(self.key, maintenance=True))


class FailoverDistribution(Construct):
    """Defines a distribution over private buckets, read through origin access control, with an uncached health path.

    With a replica, an origin group tries the primary once and goes on to the replica inside the request; without one,
    only the primary is read. The health path then has a group of its own that gives up after a second, because Route 53
    waits two for the status: a primary that hangs must not make the distribution look dead.

    Buckets of the same stack get the policy that admits the distribution. An imported bucket must admit it in its own
    stack, for reading and for listing, or every missing object is a 403 and a failover: see `admit_distributions`.
    Import buckets of other stacks by name: their policies would wait for the distribution, and it for them.

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
        paths: what paths are in front of the cache; `/docs/` is the index document of `docs/` by default.
        headers: what is added to responses; nothing by default.
        cache_policy: what is cached, and for how long; the managed policy CachingOptimized by default.
        web_acl_arn: a WAF web ACL of scope CLOUDFRONT; none by default.
        maintenance_page: the page for 500, 502, 503 and 504; CloudFront's own by default.
        comment: shown in the console; the hostname by default.
        name: what the names of the function, the policies and the origin access control start with, at most 48
            characters; they are unique in an account. By default they are made of the construct's path.

    Raises:
        ValueError: CloudFront takes no such read timeout, or an enumeration has no such member or value.
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
        paths: ViewerPaths | None = None,
        headers: ViewerHeaders | None = None,
        cache_policy: cloudfront.ICachePolicy | None = None,
        web_acl_arn: str | None = None,
        maintenance_page: MaintenancePage | None = None,
        comment: str | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        viewer_https = member("viewer_https", viewer_https, ViewerHttps)
        price_class = member("price_class", price_class, cloudfront.PriceClass)
        text("hostname", hostname, values.hostname)
        text("index_document", index_document, values.index_document)
        text("error_document", error_document, values.error_document)
        text("health_key", health_key)
        fits("health_key", values.health_key(health_key, (index_document, error_document)))
        items("failover_status_codes", failover_status_codes, int)
        fits("failover_status_codes", values.status_codes(failover_status_codes))
        duration("connect_timeout", connect_timeout, "seconds")
        duration("read_timeout", read_timeout, "seconds")
        optional_text("web_acl_arn", web_acl_arn)
        optional_text("comment", comment, empty=True)
        optional_text("name", name)
        self.hostname = hostname
        self.health_key = health_key
        self._name = name
        self._access_control = cloudfront.S3OriginAccessControl(
            self, "AccessControl", origin_access_control_name=self._named("origins")
        )
        paths, headers = paths or ViewerPaths(), headers or ViewerHeaders()
        connect, read = connect_timeout or Duration.seconds(2), read_timeout or Duration.seconds(5)
        quick = Duration.seconds(HEALTH_SECONDS)
        content = self._origins(primary, replica, failover_status_codes, connect)
        health = content if replica is None else self._origins(primary, replica, failover_status_codes, quick)
        behaviors = {f"/{health_key}": _health_behavior(health)}
        if maintenance_page is not None:
            page = self._origin(maintenance_page.bucket, connect)
            behaviors[f"/{maintenance_page.key}"] = _page_behavior(page, viewer_https)
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
            web_acl_id=web_acl_arn,
            default_root_object=index_document,
            default_behavior=self._content_behavior(
                origin=content,
                viewer_https=viewer_https,
                cache_policy=cache_policy or cloudfront.CachePolicy.CACHING_OPTIMIZED,
                headers=headers,
                functions=self._functions(paths, headers, index_document, maintenance_page),
                origin_request_policy=self._country() if paths.reads_country else None,
            ),
            additional_behaviors=behaviors,
            error_responses=_error_responses(error_document, maintenance_page),
        )
        reads = [read] if replica is None else [read, read, quick, quick]
        self._limit_origin_reads(reads if maintenance_page is None else [*reads, read])
        self._acknowledge()

    @property
    def health_endpoint(self) -> str:
        """The distribution's own domain name: health checks must not ask for the record that they decide."""
        return self.distribution.distribution_domain_name

    def _named(self, kind: str) -> str | None:
        return f"{self._name}-{kind}" if self._name else None

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
            # Listing, so that a missing object is a 404 and no 403, on which the group would move (S3 API, GetObject).
            origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
            connection_attempts=1,
            connection_timeout=connect_timeout,
        )

    def _content_behavior(
        self,
        *,
        origin: cloudfront.IOrigin,
        viewer_https: ViewerHttps,
        cache_policy: cloudfront.ICachePolicy,
        headers: ViewerHeaders,
        functions: list[cloudfront.FunctionAssociation],
        origin_request_policy: cloudfront.OriginRequestPolicy | None,
    ) -> cloudfront.BehaviorOptions:
        methods = cloudfront.AllowedMethods
        return cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=methods.ALLOW_GET_HEAD_OPTIONS if headers.cors_origins else methods.ALLOW_GET_HEAD,
            cache_policy=cache_policy,
            origin_request_policy=origin_request_policy,
            compress=True,
            viewer_protocol_policy=_protocol_policy(viewer_https),
            function_associations=functions or None,
            response_headers_policy=response_headers_policy(
                self,
                "Headers",
                headers=headers,
                hsts=viewer_https is ViewerHttps.HSTS,
                comment=_comment(f"headers for {self.hostname}"),
                name=self._named("headers"),
            ),
        )

    def _functions(
        self, paths: ViewerPaths, headers: ViewerHeaders, index_document: str, page: MaintenancePage | None
    ) -> list[cloudfront.FunctionAssociation]:
        if not (paths.need_function or headers.cors_origins):
            return []
        return ViewerFunctions(
            self,
            "Functions",
            paths=paths,
            index_document=index_document,
            maintenance_page=page.key if page else None,
            cors_origins=headers.cors_origins,
            name=self._name,
        ).associations

    def _country(self) -> cloudfront.OriginRequestPolicy:
        # CloudFront tells a function the country only where a policy lists the header (CloudFront Developer Guide,
        # example-function-redirect-url). Not in the cache policy: the cache would split by country.
        return cloudfront.OriginRequestPolicy(
            self,
            "Country",
            origin_request_policy_name=self._named("country"),
            comment=_comment(f"the viewer's country for {self.hostname}"),
            header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list("CloudFront-Viewer-Country"),
        )

    def _limit_origin_reads(self, timeouts: Sequence[Duration]) -> None:
        # The L2 has no read timeout for S3 origins; CloudFront has (CloudFront API, S3OriginConfig).
        cfn_distribution = self.distribution.node.default_child
        assert isinstance(cfn_distribution, cloudfront.CfnDistribution)
        for index, timeout in enumerate(timeouts):
            _check_read_timeout(timeout)
            cfn_distribution.add_property_override(
                f"DistributionConfig.Origins.{index}.S3OriginConfig.OriginReadTimeout", timeout.to_seconds()
            )

    def _acknowledge(self) -> None:
        # The buckets' own stacks write the policies that CDK cannot write from here.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac")
        # A viewer cannot list: the default root object takes the place of `/`.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk")
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


def _check_read_timeout(timeout: Duration) -> None:
    """Refuse what CloudFront refuses: the L2, which looks at an origin's other timeouts, does not know this one."""
    if not 1 <= timeout.to_seconds() <= LONGEST_READ:
        msg = f"read_timeout must be 1 to {LONGEST_READ} seconds, got {timeout.to_seconds()}: choose one between"
        raise ValueError(msg)


def _comment(text: str) -> str:
    """Return as much of a text as CloudFront takes for a policy; CDK cuts the distribution's alone."""
    return text[:128]


def _protocol_policy(viewer_https: ViewerHttps) -> cloudfront.ViewerProtocolPolicy:
    policy = cloudfront.ViewerProtocolPolicy
    return policy.ALLOW_ALL if viewer_https is ViewerHttps.OPTIONAL else policy.REDIRECT_TO_HTTPS


def _error_responses(error_document: str, page: MaintenancePage | None) -> list[cloudfront.ErrorResponse]:
    unavailable = [] if page is None else [_error_response(code, 503, page.key) for code in (500, 502, 503, 504)]
    return [_error_response(404, 404, error_document), *unavailable]


def _error_response(status: int, answered: int, key: str) -> cloudfront.ErrorResponse:
    return cloudfront.ErrorResponse(
        http_status=status, response_http_status=answered, response_page_path=f"/{key}", ttl=Duration.seconds(10)
    )


def _page_behavior(origin: cloudfront.IOrigin, viewer_https: ViewerHttps) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origin,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
        compress=True,
        viewer_protocol_policy=_protocol_policy(viewer_https),
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
