"""What CloudFront refuses about a distribution and the policies it uses.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ministack.services import cloudfront

from breakable_aws.emulator.answers import Answer, RefusedError
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.cloudformation.resource_types import Properties, Resource, add, original

from .certificates import names_of

TYPE = "AWS::CloudFront::Distribution"
CERTIFICATE_REGION = "us-east-1"
"""Where CloudFront takes its certificates from."""

Problem = tuple[str, str, int]
"""An error code, its message and its HTTP status."""


def install() -> None:
    """Apply CloudFront's refusals to distributions made by CloudFormation and by the API."""
    create, update, delete = original(TYPE)

    def create_checked(logical: str, properties: Properties, stack: str) -> Resource:
        whole = _with_defaults(properties)
        _require_valid(whole, None)
        return create(logical, whole, stack)

    def update_checked(physical: str, old: Properties, new: Properties, stack: str, logical: str) -> Resource:
        whole = _with_defaults(new)
        _require_valid(whole, physical)
        return update(physical, old, whole, stack, logical)

    add(TYPE, create=create_checked, update=update_checked, delete=delete)
    _guard_api()
    for kind, policies in (
        ("ResponseHeadersPolicy", cloudfront._response_headers_policies),
        ("OriginRequestPolicy", cloudfront._origin_request_policies),
    ):
        _refuse_taken(f"AWS::CloudFront::{kind}", f"{kind}Config", policies, _config_name)
    controls = cloudfront._oacs
    _refuse_taken("AWS::CloudFront::OriginAccessControl", "OriginAccessControlConfig", controls, _name)


def _guard_api() -> None:
    create, update = cloudfront._create_distribution, cloudfront._update_distribution

    def create_checked(headers: dict[str, str], body: bytes) -> Answer:
        config, _ = cloudfront._unwrap_distribution_create_xml(cloudfront._parse_body(body))
        problem = violation(config, None) if config is not None else None
        answer: Answer = cloudfront._error(*problem) if problem else create(headers, body)
        return answer

    def update_checked(identifier: str, headers: dict[str, str], body: bytes) -> Answer:
        config = cloudfront._parse_body(body)
        problem = violation(config, identifier) if config is not None else None
        answer: Answer = cloudfront._error(*problem) if problem else update(identifier, headers, body)
        return answer

    replace(cloudfront, "_create_distribution", create_checked)
    replace(cloudfront, "_update_distribution", update_checked)


def violation(config: Any, identifier: str | None) -> Problem | None:
    """Return what CloudFront has against a distribution's configuration, or None.

    Args:
        config: the DistributionConfig element.
        identifier: the distribution that it is for; none for a new one.
    """
    certificate = certificate_problems(config, aliases_of(config))
    problems = (*_alias_problems(config, identifier), *_reference_problems(config), *certificate)
    return next(iter(problems), None)


def _with_defaults(properties: Properties) -> Properties:
    """Return a distribution's properties with what the API always tells and a template may leave out."""
    return {
        **properties,
        "DistributionConfig": {"Comment": "", "PriceClass": "PriceClass_All", **properties["DistributionConfig"]},
    }


def _require_valid(properties: Properties, identifier: str | None) -> None:
    config = cloudfront._distribution_config_xml({"CallerReference": "none", **properties["DistributionConfig"]})
    problem = violation(config, identifier)
    if problem:
        raise RefusedError(f"{problem[0]}: {problem[1]}")


def aliases_of(config: Any) -> list[str]:
    """Return a configuration's alternate domain names."""
    return [alias.text.lower() for alias in _each(config, "Aliases") if alias.text]


def _alias_problems(config: Any, identifier: str | None) -> Iterator[Problem]:
    for alias in aliases_of(config):
        if any(owner != identifier for _, owner in cloudfront._domain_owners(alias)):
            message = (
                f"One or more of the CNAMEs you provided are already associated with a different resource: {alias}"
            )
            yield "CNAMEAlreadyExists", message, 409


def _reference_problems(config: Any) -> Iterator[Problem]:
    origins = {cloudfront._text(origin, "Id") for origin in _each(config, "Origins")}
    groups = {cloudfront._text(group, "Id") for group in _each(config, "OriginGroups")}
    for behavior in (cloudfront._find(config, "DefaultCacheBehavior"), *_each(config, "CacheBehaviors")):
        target = cloudfront._text(behavior, "TargetOriginId") if behavior is not None else ""
        if target not in origins | groups:
            yield "NoSuchOrigin", f"One or more of your origins or origin groups do not exist: {target}", 404
        if behavior is not None:
            yield from _policy_problems(behavior)
            yield from _function_problems(behavior)
    for origin in _each(config, "Origins"):
        control = cloudfront._text(origin, "OriginAccessControlId")
        if control and control not in cloudfront._oacs:
            yield "NoSuchOriginAccessControl", f"The specified origin access control does not exist: {control}", 404
    yield from _member_problems(config, origins)


def _policy_problems(behavior: Any) -> Iterator[Problem]:
    for kind, exists in _POLICIES.items():
        policy = cloudfront._text(behavior, f"{kind}Id")
        if policy and not exists(policy):
            words = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind).lower()
            yield f"NoSuch{kind}", f"The specified {words} does not exist: {policy}", 404


def _function_problems(behavior: Any) -> Iterator[Problem]:
    for association in _each(behavior, "FunctionAssociations"):
        function = cloudfront._text(association, "FunctionARN")
        if cloudfront.live_function_code(function) is None:
            message = f"The function must be published in the LIVE stage before it is associated: {function}"
            yield "InvalidFunctionAssociation", message, 400


def _is_cache_policy(identifier: str) -> bool:
    return identifier in cloudfront._cache_policies or identifier in cloudfront._MANAGED_CACHE_POLICIES


_POLICIES: dict[str, Callable[[str], object]] = {
    "CachePolicy": _is_cache_policy,
    "OriginRequestPolicy": cloudfront.origin_request_policy_config,
    "ResponseHeadersPolicy": cloudfront.response_headers_policy_config,
}
"""The kinds of policies of a cache behavior, each with what tells whether one exists."""


def _member_problems(config: Any, origins: set[str]) -> Iterator[Problem]:
    for group in _each(config, "OriginGroups"):
        members = [cloudfront._text(member, "OriginId") for member in _each(group, "Members")]
        if len(members) != 2 or not set(members) <= origins:
            message = f"An origin group needs two existing origins, got {members}"
            yield "InvalidArgument", message, 400


def certificate_problems(config: Any, aliases: Sequence[str]) -> Iterator[Problem]:
    """Return what CloudFront has against the certificate of a configuration that has aliases, or is to have them."""
    viewer = cloudfront._find(config, "ViewerCertificate")
    arn = cloudfront._text(viewer, "ACMCertificateArn") if viewer is not None else ""
    if not arn:
        if aliases:
            message = f"To add an alternate domain name ({aliases[0]}) you must attach a trusted certificate for it"
            yield "InvalidViewerCertificate", message, 400
        return
    names = names_of(arn)
    if f":acm:{CERTIFICATE_REGION}:" not in arn or not names:
        message = f"The specified SSL certificate doesn't exist or isn't in {CERTIFICATE_REGION}: {arn}"
        yield "InvalidViewerCertificate", message, 400
    for alias in aliases:
        if names and not any(cloudfront._domains_overlap(alias, name) for name in names):
            yield "InvalidViewerCertificate", f"The certificate doesn't cover the alternate domain name {alias}", 400


def _each(parent: Any, block: str) -> list[Any]:
    found = cloudfront._find(parent, block) if parent is not None else None
    items = cloudfront._find(found, "Items") if found is not None else None
    return list(items) if items is not None else []


def _refuse_taken(resource_type: str, config: str, store: Any, name_of: Any) -> None:
    create, update, delete = original(resource_type)

    def guarded(logical: str, properties: Properties, stack: str) -> Resource:
        name = properties[config].get("Name")
        if any(name_of(existing) == name for existing in store.values()):
            kind = resource_type.rpartition("::")[2]
            raise RefusedError(f"{kind}AlreadyExists: another {kind} is named {name}")
        return create(logical, properties, stack)

    add(resource_type, create=guarded, update=update, delete=delete)


def _name(existing: dict[str, Any]) -> str:
    name: str = existing["Name"]
    return name


def _config_name(existing: dict[str, Any]) -> str:
    return _name(existing["Config"])
