"""The CloudFront distribution in front of the primary bucket."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Annotations, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from constructs import Construct

from s3_failover import values
from s3_failover.names.keys import HEALTH_KEY
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import (
    CACHE_POLICY,
    CERTIFICATE,
    HEADERS_POLICY,
    ORIGIN_POLICY,
    a_bucket,
    fits,
    instance,
    items,
    may_implement,
    member,
    offers,
    optional_text,
    text,
    texts,
)
from s3_failover_constructs.certificates import uncovered
from s3_failover_constructs.endpoint import Endpoint
from s3_failover_constructs.failover_origin import (
    FALLBACK_STATUS_CODES,
    BucketOrigin,
    FailoverOrigin,
    check_codes,
    check_timeouts,
    require_no_circle,
)
from s3_failover_constructs.nag import acknowledge
from s3_failover_constructs.places import a_region, region_known
from s3_failover_constructs.response_headers import ResponseHeaders, response_headers_policy
from s3_failover_constructs.viewer_functions import ViewerFunctions, ViewerPaths

HEALTH_SECONDS = 1
"""How long the health path waits for the primary before it asks the replica, in seconds: to connect, and to answer. A
checker waits 2 seconds for the status (Route 53 Developer Guide, dns-failover-determining-health-of-endpoints)."""

CHECKERS = frozenset({"AU", "BR", "IE", "JP", "SG", "US"})
"""The countries of the regions that Route 53's health checkers ask from (Route 53 API, HealthCheckConfig)."""

SHUT_OUT = "s3_failover_constructs:healthCheckersShutOut"
"""The id of the warning about health checkers that a geographic restriction shuts out."""


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
        a_bucket("bucket", self.bucket)


class FailoverDistribution(Construct):
    """Defines a distribution over private buckets, read through origin access control, with an uncached health path.

    With a replica, an origin group tries the primary once and goes on to the replica inside the request; without one,
    only the primary is read. The health path then has a group of its own that gives up after a second, because Route 53
    waits two for the status: a primary that hangs must not make the distribution look dead.

    Buckets of the same stack get the policy that admits the distribution. An imported bucket must admit it in its own
    stack, for reading and for listing, or every missing object is a 403 and a failover: see `admit_distributions`. The
    CDK warns of it; acknowledge that where it is done.
    Import buckets of other stacks by name: their policies would wait for the distribution, and it for them.

    Attributes:
        distribution: the distribution; `distribution.add_behavior("/media/*", origin)` adds a behavior.
        origin: what content is read from, for behaviors that are added: with a replica a `FailoverOrigin`.
        domain_names: the aliases.
        health_key: the key of the health object.
        functions: what runs in front of the cache; None without.
        response_headers_policy: what is added to responses; None without.

    Args:
        domain_names: the aliases, such as an apex and its `www`, or a wildcard; none by default.
        certificate: covers the aliases; must be in us-east-1. Without aliases there is none.
        primary: the bucket that is read first.
        replica: the bucket behind it in the origin group; by default there is no group.
        health_key: the key of the health object, served from the same origins and never cached;
            `_s3-failover/health.txt` by default.
        viewer_protocol_policy: what happens to plain HTTP; both protocols answer by default, which is right where the
            DNS secondary speaks HTTP only.
        index_document: served for `/`; `index.html` by default.
        error_document: the page for missing objects; `error.html` by default.
        fallback_status_codes: what the origin group moves on; `FALLBACK_STATUS_CODES` by default.
        connection_timeout: of the one connection attempt to an origin, 1 to 10 seconds; 2 by default.
        read_timeout: of an origin's answer, and of each further packet of it, 1 to 120 seconds; 5 by default.
        completion_timeout: of an origin's whole answer, `read_timeout` to 3,600 seconds; no limit by default. It ends a
            body that drips, and the download of a large object that takes as long.
        origin_shield_region: where Origin Shield caches content that is read from the primary; none by default.
        replica_origin_shield_region: where it caches what is read from the replica; none by default.
        price_class: which edge locations serve; all by default.
        minimum_protocol_version: the oldest TLS of viewers; 1.2 by default, because Route 53's checkers are documented
            for that (Route 53 API, HealthCheckConfig).
        paths: what paths are in front of the cache; `/docs/` is the index document of `docs/` by default.
        function_associations: more functions of the content's behavior; none by default. CloudFront takes one for each
            event.
        response_headers: what is added to responses; nothing by default.
        response_headers_policy: a policy that adds it in place of `response_headers`.
        cache_policy: what is cached, and for how long; the managed policy CachingOptimized by default.
        origin_request_policy: which parts of a request CloudFront passes on to the origin; none by default. With
            countries in `paths` the construct makes a policy that passes the viewer's country on.
        additional_behaviors: behaviors for other paths, in the order in which they count, behind the health path and
            the maintenance page; none by default.
        web_acl_id: the ARN of a WAF web ACL of scope CLOUDFRONT; none by default. It must let health checkers through.
        geo_restriction: the countries that CloudFront serves; all by default. It counts for the health path too: for
            countries that leave health checkers alone use `paths`.
        maintenance_page: the page for 500, 502, 503 and 504; CloudFront's own by default.
        comment: shown in the console; the aliases by default, or the construct's path.
        name: what the names of the function, the policies and the origin access control start with, at most 48
            letters, digits, hyphens and underscores; they are unique in an account. By default they are made of the
            construct's path.

    Raises:
        ValueError: CloudFront takes no such value, or an enumeration has no such member; aliases come without
            certificate; two arguments want the same thing of the distribution. The message names the argument.

    Leaves to you:
        DNS records, health checks, alarms, and logs: see `FailoverRecords`, `FailoverHealthChecks`, `EdgeAlarms`,
        `DistributionLogs`; policies of imported buckets: see `admit_distributions`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        primary: s3.IBucket,
        replica: s3.IBucket | None = None,
        domain_names: Sequence[str] = (),
        certificate: acm.ICertificate | None = None,
        health_key: str = HEALTH_KEY,
        viewer_protocol_policy: cloudfront.ViewerProtocolPolicy = cloudfront.ViewerProtocolPolicy.ALLOW_ALL,
        index_document: str = "index.html",
        error_document: str = "error.html",
        fallback_status_codes: Sequence[int] = FALLBACK_STATUS_CODES,
        connection_timeout: Duration | None = None,
        read_timeout: Duration | None = None,
        completion_timeout: Duration | None = None,
        origin_shield_region: str | None = None,
        replica_origin_shield_region: str | None = None,
        price_class: cloudfront.PriceClass = cloudfront.PriceClass.PRICE_CLASS_ALL,
        minimum_protocol_version: cloudfront.SecurityPolicyProtocol = cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        paths: ViewerPaths | None = None,
        function_associations: Sequence[cloudfront.FunctionAssociation] = (),
        response_headers: ResponseHeaders | None = None,
        response_headers_policy: cloudfront.IResponseHeadersPolicy | None = None,
        cache_policy: cloudfront.ICachePolicy | None = None,
        origin_request_policy: cloudfront.IOriginRequestPolicy | None = None,
        additional_behaviors: Mapping[str, cloudfront.BehaviorOptions] | None = None,
        web_acl_id: str | None = None,
        geo_restriction: cloudfront.GeoRestriction | None = None,
        maintenance_page: MaintenancePage | None = None,
        comment: str | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        for argument, value, interface in (
            ("certificate", certificate, CERTIFICATE),
            ("cache_policy", cache_policy, CACHE_POLICY),
            ("origin_request_policy", origin_request_policy, ORIGIN_POLICY),
            ("response_headers_policy", response_headers_policy, HEADERS_POLICY),
        ):
            may_implement(argument, value, interface)
        for argument, given, kind in (
            ("paths", paths, ViewerPaths),
            ("response_headers", response_headers, ResponseHeaders),
            ("maintenance_page", maintenance_page, MaintenancePage),
            ("geo_restriction", geo_restriction, cloudfront.GeoRestriction),
        ):
            instance(argument, given, kind)
        viewer_protocol_policy = member(
            "viewer_protocol_policy", viewer_protocol_policy, cloudfront.ViewerProtocolPolicy
        )
        price_class = member("price_class", price_class, cloudfront.PriceClass)
        oldest = member("minimum_protocol_version", minimum_protocol_version, cloudfront.SecurityPolicyProtocol)
        _readable(self, "primary", primary)
        if replica is not None:
            _readable(self, "replica", replica)
        texts("domain_names", domain_names, values.alternate_names, counted=True)
        text("index_document", index_document, values.index_document)
        text("error_document", error_document, values.error_document)
        text("health_key", health_key)
        fits("health_key", values.health_key(health_key, (index_document, error_document)))
        check_codes(fallback_status_codes)
        check_timeouts(connection_timeout, read_timeout, completion_timeout)
        a_region("origin_shield_region", origin_shield_region)
        a_region("replica_origin_shield_region", replica_origin_shield_region)
        optional_text("web_acl_id", web_acl_id)
        optional_text("comment", comment, empty=True)
        optional_text("name", name, values.name_prefix)
        items("function_associations", function_associations, cloudfront.FunctionAssociation)
        paths, headers = paths or ViewerPaths(), response_headers or ResponseHeaders()
        fits("certificate", _certificate(domain_names, certificate))
        if certificate is not None:
            fits("certificate", uncovered(certificate, domain_names))
        fits("viewer_protocol_policy", _hsts(headers, viewer_protocol_policy))
        fits("response_headers_policy", _twice(response_headers_policy, response_headers, "response_headers"))
        of_countries = paths if paths.reads_country else None
        fits("origin_request_policy", _twice(origin_request_policy, of_countries, "countries in paths"))
        self.domain_names = tuple(domain_names)
        self.health_key = health_key
        self._name = name
        self._what = ", ".join(domain_names) or self.node.path
        control = cloudfront.S3OriginAccessControl(
            self, "AccessControl", origin_access_control_name=self._named("origins")
        )
        self._origins = _Origins(primary, replica, fallback_status_codes, control, completion_timeout)
        self.origin = self._origins.over(
            connection_timeout, read_timeout, origin_shield_region, replica_origin_shield_region
        )
        self.functions = self._functions(paths, headers, index_document, maintenance_page)
        self.response_headers_policy = response_headers_policy or self._headers(headers)
        quick = Duration.seconds(HEALTH_SECONDS)
        health = self.origin if replica is None else self._origins.over(quick, quick)
        behaviors = {f"/{health_key}": _health_behavior(health)}
        if maintenance_page is not None:
            page = BucketOrigin(
                maintenance_page.bucket,
                argument="maintenance_page",
                access_control=control,
                connection_timeout=connection_timeout,
                read_timeout=read_timeout,
                completion_timeout=completion_timeout,
            )
            behaviors[f"/{maintenance_page.key}"] = _page_behavior(page, viewer_protocol_policy)
        methods = cloudfront.AllowedMethods
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=comment or self._what,
            domain_names=list(domain_names) or None,
            certificate=certificate,
            minimum_protocol_version=oldest if certificate else None,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_ipv6=True,
            price_class=price_class,
            web_acl_id=web_acl_id,
            geo_restriction=geo_restriction,
            default_root_object=index_document,
            default_behavior=cloudfront.BehaviorOptions(
                origin=self.origin,
                allowed_methods=methods.ALLOW_GET_HEAD_OPTIONS if headers.cors_origins else methods.ALLOW_GET_HEAD,
                cache_policy=cache_policy or cloudfront.CachePolicy.CACHING_OPTIMIZED,
                origin_request_policy=self._country() if paths.reads_country else origin_request_policy,
                compress=True,
                viewer_protocol_policy=viewer_protocol_policy,
                function_associations=_together(self.functions, function_associations),
                response_headers_policy=self.response_headers_policy,
            ),
            additional_behaviors={**behaviors, **_apart(additional_behaviors or {}, behaviors)},
            error_responses=_error_responses(error_document, maintenance_page),
        )
        self._warn(geo_restriction)
        self._acknowledge()

    @property
    def endpoint(self) -> Endpoint:
        """What health checkers ask, by the path that is not cached, and the PRIMARY record points at."""
        return Endpoint(self.distribution.distribution_domain_name, path=f"/{self.health_key}")

    def _named(self, kind: str) -> str | None:
        return f"{self._name}-{kind}" if self._name else None

    def _headers(self, headers: ResponseHeaders) -> cloudfront.ResponseHeadersPolicy | None:
        comment = _comment(f"headers for {self._what}")
        return response_headers_policy(self, "Headers", headers=headers, comment=comment, name=self._named("headers"))

    def _functions(
        self, paths: ViewerPaths, headers: ResponseHeaders, index_document: str, page: MaintenancePage | None
    ) -> ViewerFunctions | None:
        if not (paths.need_function or headers.cors_origins):
            return None
        return ViewerFunctions(
            self,
            "Functions",
            paths=paths,
            index_document=index_document,
            maintenance_page=page.key if page else None,
            cors_origins=headers.cors_origins,
            name=self._name,
        )

    def _country(self) -> cloudfront.OriginRequestPolicy:
        # CloudFront tells a function the country only where a policy lists the header (CloudFront Developer Guide,
        # example-function-redirect-url). Not in the cache policy: the cache would split by country.
        return cloudfront.OriginRequestPolicy(
            self,
            "Country",
            origin_request_policy_name=self._named("country"),
            comment=_comment(f"the viewer's country for {self._what}"),
            header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list("CloudFront-Viewer-Country"),
        )

    def _warn(self, restriction: cloudfront.GeoRestriction | None) -> None:
        if restriction is None:
            return
        allowed = restriction.restriction_type == "whitelist"
        countries = set(restriction.locations)
        shut_out = sorted(CHECKERS - countries if allowed else CHECKERS & countries)
        if shut_out:
            Annotations.of(self).add_warning_v2(
                SHUT_OUT,
                f"geo_restriction shuts out {', '.join(shut_out)}, where Route 53's health checkers are: a health "
                "check of this distribution would find it unhealthy; restrict by ViewerPaths(allowed_countries=...), "
                "which spares the health path, or acknowledge this where no health check asks the distribution",
            )

    def _acknowledge(self) -> None:
        # A viewer cannot list: the default root object takes the place of `/`.
        Annotations.of(self).acknowledge_warning("@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk")
        acknowledge(
            self.distribution,
            {
                "AwsSolutions-CFR3": "access logs are delivered by standard logging v2 (DistributionLogs), which this "
                "rule does not see; the legacy kind needs bucket ACLs",
            },
        )


@dataclass(frozen=True)
class _Origins:
    """The buckets that a distribution reads, and how: content and health path differ in patience alone."""

    primary: s3.IBucket
    replica: s3.IBucket | None
    codes: Sequence[int]
    control: cloudfront.IOriginAccessControl
    completion: Duration | None

    def over(
        self, connection: Duration | None, read: Duration | None, shield: str | None = None, second: str | None = None
    ) -> cloudfront.IOrigin:
        """Return an origin over the buckets."""
        if self.replica is None:
            return BucketOrigin(
                self.primary,
                access_control=self.control,
                connection_timeout=connection,
                read_timeout=read,
                completion_timeout=self.completion,
                origin_shield_region=shield,
            )
        return FailoverOrigin(
            primary=self.primary,
            replica=self.replica,
            fallback_status_codes=self.codes,
            connection_timeout=connection,
            read_timeout=read,
            completion_timeout=self.completion,
            origin_shield_region=shield,
            replica_origin_shield_region=second,
            origin_access_control=self.control,
        )


def _readable(scope: Construct, argument: str, bucket: s3.IBucket) -> None:
    a_bucket(argument, bucket)
    require_no_circle(scope, argument, bucket)
    region_known(scope, argument, bucket)


def _certificate(names: Sequence[str], certificate: acm.ICertificate | None) -> Iterator[Misfit]:
    if names and certificate is None:
        yield Misfit(None, f"one that covers {', '.join(names)}", "pass one of us-east-1, or leave out domain_names")
    if certificate is not None and not names:
        yield Misfit(certificate, "none without domain_names", "name what it covers in domain_names")


def _hsts(headers: ResponseHeaders, policy: cloudfront.ViewerProtocolPolicy) -> Iterator[Misfit]:
    if headers.hsts and policy is cloudfront.ViewerProtocolPolicy.ALLOW_ALL:
        remedy = "browsers take HSTS over HTTPS alone, so lead them there: pass REDIRECT_TO_HTTPS"
        yield Misfit(policy, "REDIRECT_TO_HTTPS or HTTPS_ONLY with hsts", remedy)


def _twice(got: object, other: object, what: str) -> Iterator[Misfit]:
    """Yield that an argument and another one want the same thing."""
    if got is not None and other is not None:
        yield Misfit(got, f"nothing beside {what}", "keep one: CloudFront takes one for a behavior")


def _together(
    ours: ViewerFunctions | None, others: Sequence[cloudfront.FunctionAssociation]
) -> list[cloudfront.FunctionAssociation] | None:
    """Return the functions of the content's behavior, each on an event of its own."""
    together = [*(ours.associations if ours else ()), *others]
    events = [each.event_type for each in together]
    for event in events:
        if events.count(event) > 1:
            remedy = "do what paths asks for in yours: ViewerPaths(directories=Directories.OFF)"
            fits("function_associations", [Misfit(event.name, "one function for each event", remedy)])
    return together or None


def _apart(
    wanted: Mapping[str, cloudfront.BehaviorOptions], ours: Mapping[str, cloudfront.BehaviorOptions]
) -> Mapping[str, cloudfront.BehaviorOptions]:
    """Return the behaviors that a user adds; refuse one in the place of the construct's own."""
    argument = "additional_behaviors"
    if not isinstance(wanted, Mapping):
        remedy = 'write it as in {"/media/*": BehaviorOptions(origin=...)}'
        offers(argument, wanted, ("items",), "a mapping of path patterns", remedy)
    for pattern, options in wanted.items():
        text(argument, pattern)
        if pattern in ("*", "/*"):
            remedy = "the default behavior has all other paths already: use the arguments of the distribution"
            fits(argument, [Misfit(pattern, "a pattern for some paths", remedy)])
        offers(argument, options, ("origin", "cache_policy"), "BehaviorOptions", "pass cloudfront.BehaviorOptions(...)")
        if pattern.lstrip("/") in {each.lstrip("/") for each in ours}:
            remedy = "choose another path: the health object and the maintenance page have behaviors of their own"
            fits(argument, [Misfit(pattern, f"none of {', '.join(ours)}", remedy)])
    return wanted


def _comment(text: str) -> str:
    """Return as much of a text as CloudFront takes for a policy; CDK cuts the distribution's alone."""
    return text[:128]


def _error_responses(error_document: str, page: MaintenancePage | None) -> list[cloudfront.ErrorResponse]:
    unavailable = [] if page is None else [_error_response(code, 503, page.key) for code in (500, 502, 503, 504)]
    return [_error_response(404, 404, error_document), *unavailable]


def _error_response(status: int, answered: int, key: str) -> cloudfront.ErrorResponse:
    return cloudfront.ErrorResponse(
        http_status=status, response_http_status=answered, response_page_path=f"/{key}", ttl=Duration.seconds(10)
    )


def _page_behavior(origin: cloudfront.IOrigin, policy: cloudfront.ViewerProtocolPolicy) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origin,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
        compress=True,
        viewer_protocol_policy=policy,
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
