"""What CloudFront refuses about a distribution and the policies it uses.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html`.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from breakable_aws.emulator.answers import RefusedError
from breakable_aws.emulator.base.cloudfront import config_of
from breakable_aws.emulator.cloudformation.resource_types import Properties, check_before
from breakable_aws.emulator.net.hosts import covers
from breakable_aws.emulator.xml_documents import parsed

from .api import Problem, distributions, read
from .certificates import names_of
from .distribution import aliases_of, behaviors_of, members_of
from .edge_functions import arn_of

CERTIFICATE_REGION = "us-east-1"
"""Where CloudFront takes its certificates from."""

_POLICIES = ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy")


def install() -> None:
    """Apply CloudFront's refusals to distributions, and to the names of policies, made by CloudFormation."""
    check_before("AWS::CloudFront::Distribution", _checked)
    for kind in ("ResponseHeadersPolicy", "OriginRequestPolicy"):
        _refuse_taken(kind, f"Items/{kind}Summary/{kind}/{kind}Config/Name")
    _refuse_taken("OriginAccessControl", "Items/OriginAccessControlSummary/Name")


def problem_of(body: bytes, identifier: str | None) -> Problem | None:
    """Return why CloudFront refuses the body of a request that creates or updates a distribution, or None."""
    try:
        document = parsed(body)
    except ParseError:
        return None
    config = document.find("DistributionConfig") if document.tag == "DistributionConfigWithTags" else document
    return violation(config, identifier) if config is not None else None


def violation(config: Element, identifier: str | None) -> Problem | None:
    """Return why CloudFront refuses a distribution's configuration, or None.

    `config` is the DistributionConfig element, without namespaces; a new distribution has no identifier.
    """
    aliases = list(aliases_of(config))
    problems = (
        *_alias_problems(aliases, identifier),
        *_reference_problems(config),
        *certificate_problems(config, aliases),
    )
    return next(iter(problems), None)


def _checked(properties: Properties, identifier: str | None) -> Properties:
    """Return a distribution's properties with the API's defaults; raise RefusedError if CloudFront refuses them."""
    config = {"Comment": "", "PriceClass": "PriceClass_All", **properties["DistributionConfig"]}
    problem = violation(config_of({"CallerReference": "none", **config}), identifier)
    if problem:
        raise RefusedError(f"{problem[0]}: {problem[1]}")
    return {**properties, "DistributionConfig": config}


def _alias_problems(aliases: Sequence[str], identifier: str | None) -> Iterator[Problem]:
    for alias in aliases:
        taken = any(alias in other.aliases for other in distributions() if other.id != identifier)
        if taken or read(f"/distribution-tenant?domain={quote(alias)}") is not None:
            message = (
                f"One or more of the CNAMEs you provided are already associated with a different resource: {alias}"
            )
            yield "CNAMEAlreadyExists", message, 409


def _reference_problems(config: Element) -> Iterator[Problem]:
    origins = {origin.findtext("Id") for origin in config.iterfind("Origins/Items/Origin")}
    groups = {group.findtext("Id") for group in config.iterfind("OriginGroups/Items/OriginGroup")}
    for behavior in behaviors_of(config):
        target = behavior.findtext("TargetOriginId")
        if target not in origins | groups:
            yield "NoSuchOrigin", f"One or more of your origins or origin groups do not exist: {target}", 404
        yield from _policy_problems(behavior)
        yield from _function_problems(behavior)
    for control in config.iterfind("Origins/Items/Origin/OriginAccessControlId"):
        if control.text and not _exists("OriginAccessControl", control.text):
            message = f"The specified origin access control does not exist: {control.text}"
            yield "NoSuchOriginAccessControl", message, 404
    yield from _member_problems(config, origins)


def _policy_problems(behavior: Element) -> Iterator[Problem]:
    for kind in _POLICIES:
        policy = behavior.findtext(f"{kind}Id")
        if policy and not _exists(kind, policy):
            words = _path(kind).replace("-", " ")
            yield f"NoSuch{kind}", f"The specified {words} does not exist: {policy}", 404


def _function_problems(behavior: Element) -> Iterator[Problem]:
    for association in behavior.iterfind("FunctionAssociations/Items/FunctionAssociation"):
        function = association.findtext("FunctionARN") or ""
        if arn_of(function.rpartition("/")[2], "LIVE") != function:
            message = f"The function must be published in the LIVE stage before it is associated: {function}"
            yield "InvalidFunctionAssociation", message, 400


def _member_problems(config: Element, origins: set[str | None]) -> Iterator[Problem]:
    for group in config.iterfind("OriginGroups/Items/OriginGroup"):
        members = members_of(group)
        if len(members) != 2 or not set(members) <= origins:
            message = f"An origin group needs two existing origins, got {members}"
            yield "InvalidArgument", message, 400


def certificate_problems(config: Element, aliases: Sequence[str]) -> Iterator[Problem]:
    """Return why CloudFront refuses the certificate of a configuration that has aliases, or is to have them."""
    arn = config.findtext("ViewerCertificate/ACMCertificateArn") or ""
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
        if names and not any(covers(name, alias) for name in names):
            yield "InvalidViewerCertificate", f"The certificate doesn't cover the alternate domain name {alias}", 400


def _refuse_taken(kind: str, names: str) -> None:
    """Refuse a new resource whose name another one has; `names` is where a list of the API has them."""

    def check(properties: Properties, physical: str | None) -> Properties:
        name, listed = properties[f"{kind}Config"].get("Name"), read(f"/{_path(kind)}?Type=custom")
        if physical is None and listed is not None and name in {other.text for other in listed.iterfind(names)}:
            raise RefusedError(f"{kind}AlreadyExists: another {kind} is named {name}")
        return properties

    check_before(f"AWS::CloudFront::{kind}", check)


def _exists(kind: str, identifier: str) -> bool:
    found = read(f"/{_path(kind)}/{quote(identifier, safe='')}")
    return found is not None and found.findtext("Id") == identifier


def _path(kind: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", kind).lower()
