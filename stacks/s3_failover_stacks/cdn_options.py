"""What the distribution of a site has besides its settings, as objects of the CDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Stack, Token
from aws_cdk import aws_cloudfront as cloudfront

from s3_failover.config import EDGE_REGION, Site, ViewerHttps
from s3_failover.config.examination import keep_rules
from s3_failover.values import Misfit
from s3_failover_constructs.arguments import fits

_ACL_OF_THE_APP = f"arn:aws:wafv2:{EDGE_REGION}:000000000000:global/webacl/of-the-app/0"
"""Stands in for a web ACL that the app makes, whose ARN is not known yet, where rules look at it."""


_COUNTRIES = ("allowed_countries", "denied_countries")
_RIVALS = {
    "cache_policy": ("cache_policy",),
    "response_headers_policy": ("security_headers", "content_security_policy", "cors_origins"),
    "web_acl_id": ("web_acl_arn",),
    "geo_restriction": _COUNTRIES,
    "origin_request_policy": _COUNTRIES,
}
"""The settings of `cdn` that want the same of the distribution as an option does."""


@dataclass(frozen=True, kw_only=True)
class CdnOptions:
    """What the distribution of a site has besides its settings; each argument is one of `FailoverDistribution`.

    Args:
        additional_behaviors: behaviors for other paths, as in `{"/api/*": BehaviorOptions(origin=...)}`.
        cache_policy: what is cached, in place of the setting `cdn.cache_policy`.
        origin_request_policy: what CloudFront passes on to the origin.
        response_headers_policy: what is added to responses, in place of the settings of `cdn` that add headers.
        function_associations: more functions of the content's behavior.
        web_acl_id: the ARN of a web ACL, in place of `cdn.web_acl_arn`; one that the app makes may be a token.
        geo_restriction: the countries that CloudFront serves. It counts for health checkers too, which
            `cdn.allowed_countries` and `cdn.denied_countries` leave alone.
        origin_shield_region: where Origin Shield caches what is read from the primary.
        minimum_protocol_version: the oldest TLS of viewers; 1.2 by default.
    """

    additional_behaviors: Mapping[str, cloudfront.BehaviorOptions] = field(default_factory=dict)
    cache_policy: cloudfront.ICachePolicy | None = None
    origin_request_policy: cloudfront.IOriginRequestPolicy | None = None
    response_headers_policy: cloudfront.IResponseHeadersPolicy | None = None
    function_associations: Sequence[cloudfront.FunctionAssociation] = ()
    web_acl_id: str | None = None
    geo_restriction: cloudfront.GeoRestriction | None = None
    origin_shield_region: str | None = None
    minimum_protocol_version: cloudfront.SecurityPolicyProtocol = cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021


SiteCdn = CdnOptions | Callable[[Stack], CdnOptions]
"""Options, or a function that makes them in the edge stack, as a cache policy must be made in one."""


def cdn_options(chosen: SiteCdn | None, stack: Stack, site: Site) -> CdnOptions:
    """Return the options of a site.

    Raises:
        ConfigError: a rule of the site refuses one.
        TypeError: `chosen` is neither `CdnOptions` nor a function that returns them.
        ValueError: a setting wants the same thing of the distribution.
    """
    options = CdnOptions() if chosen is None else chosen(stack) if callable(chosen) else chosen
    if not isinstance(options, CdnOptions):
        remedy = "write it as in cdn_options=CdnOptions(cache_policy=...), or return one from a function"
        raise TypeError(f"cdn_options: got {options!r}, expected CdnOptions; {remedy}")
    for name, misfit in _twice(options, site):
        fits(f"cdn_options.{name}", [misfit])
    _keep_rules(options, site)
    return options


def _twice(options: CdnOptions, site: Site) -> Iterator[tuple[str, Misfit]]:
    for name, settings in _RIVALS.items():
        for setting in settings:
            if getattr(options, name) is not None and setting in site.cdn.model_fields_set:
                yield name, Misfit("one", f"none beside cdn.{setting}", "keep one of them")
    if options.response_headers_policy is not None and site.https is ViewerHttps.HSTS:
        remedy = 'choose "redirect", and put the header into the policy'
        yield "response_headers_policy", Misfit("one", 'none beside viewer_https = "hsts"', remedy)


def _keep_rules(options: CdnOptions, site: Site) -> None:
    """Have the rules look at what the options say of viewers as they look at the settings that say it."""
    told: dict[str, Any] = {}
    if options.web_acl_id is not None:
        told["web_acl_arn"] = _ACL_OF_THE_APP if Token.is_unresolved(options.web_acl_id) else options.web_acl_id
    if options.geo_restriction is not None:
        allows = options.geo_restriction.restriction_type == "whitelist"
        told["allowed_countries" if allows else "denied_countries"] = tuple(options.geo_restriction.locations)
    if told:
        settings = site.model_dump(exclude_unset=True)
        keep_rules({**settings, "name": site.name, "cdn": {**settings.get("cdn", {}), **told}})
