"""CloudFront: answers to viewers, whose origins a function of this package asks, and configurations as XML."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, tostring

from ministack.services import cloudfront

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.xml_documents import parsed

from .hooks import replace

Origin = Mapping[str, Any]
"""An origin of a distribution: `id`, `domain_name`, `origin_path`, `s3_bucket`, `oac_id`, `read_timeout` and more."""

OriginAnswer = tuple[int, str, dict[str, Any], bytes]
"""Status, reason, headers by lower-case name, and body."""

Fetch = Callable[..., Awaitable[OriginAnswer]]
"""Asks an origin: the origin, method, URI, query, headers, body, whether the viewer speaks TLS, the viewer's address,
its X-Forwarded-For, and the distribution's ARN."""

ERROR = "Error from cloudfront"
"""What X-Cache says of an answer that is none."""

OriginTimeout = cloudfront.OriginTimeout
"""Raised by an origin that does not answer in time."""

OriginUnreachable = cloudfront.OriginUnreachable
"""Raised by an origin that takes no connection, or loses it."""

ask_custom_origin: Fetch = cloudfront._fetch_from_origin
"""Asks an origin that is no bucket."""


def ask_origins_by(fetch: Fetch) -> None:
    """Have a function ask every origin."""
    replace(cloudfront, "_fetch_from_origin", fetch)


async def answer_viewer(record: Mapping[str, Any], *request: Any) -> Answer:
    """Answer a viewer by a distribution's record: its `Id`, `ARN`, `DomainName` and `config_xml`.

    The request: method, path, raw path, raw query, headers, body, query parameters, and the viewer's address.
    """
    return await cloudfront.handle_viewer_request(record, *request)


def error_page(status: int, explanation: str) -> Answer:
    """Return CloudFront's own page for an error."""
    return cloudfront._cf_error_response(status, explanation, ERROR)


def plan_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a distribution's record says about behaviors, and its `origins` by their ids."""
    return cloudfront.parse_distribution_dataplane_config(record)


def forwards(plan: Mapping[str, Any], path: str, header: str) -> bool:
    """Tell whether the behavior for a path has a header sent to the origin."""
    forwarded, _, _ = cloudfront._forwarding_predicates(cloudfront._match_behavior(plan, path))
    return bool(forwarded(header))


def config_of(properties: Mapping[str, Any]) -> Element:
    """Return what CloudFormation's DistributionConfig is in the API: an element without namespaces."""
    return parsed(tostring(cloudfront._distribution_config_xml(dict(properties))))
