"""The CloudFront viewer listeners: every distribution by its domain name and its aliases. Nothing is cached."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote

from ministack.services import cloudfront

from breakable_aws.emulator.net.hosts import without_port
from breakable_aws.emulator.net.viewer_requests import Request, Response

from .certificates import names_of

DOMAIN = "cloudfront.net"
VIEWER_COUNTRY = "cloudfront-viewer-country"
"""Where CloudFront tells a function or an origin the viewer's country."""

ERROR = "Error from cloudfront"
"""What X-Cache says of an answer that is none."""


async def respond(request: Request) -> Response:
    """Answer a viewer as the distribution that its Host header names."""
    name = without_port(request.host)
    found = distribution_for(name)
    if found is None or not found["enabled"]:
        return _refusal()
    # The port of this listener is none of CloudFront's: it must not come back in a redirect.
    protocol = "https" if request.secure else "http"
    headers = {**_as_sent(request), "host": name, "x-forwarded-proto": protocol, **_told(found, request)}
    status, answer_headers, body = await cloudfront.handle_viewer_request(
        found,
        request.method,
        unquote(request.path),
        request.path,
        request.query,
        headers,
        request.body,
        parse_qs(request.query, keep_blank_values=True),
        request.source_ip,
    )
    failed = {"X-Cache": ERROR} if status >= 400 else {}
    return Response(status, answer_headers | failed, body)


def _as_sent(request: Request) -> dict[str, str]:
    """Return a viewer's headers without those that only CloudFront may set."""
    return {header: value for header, value in request.headers.items() if not header.startswith("cloudfront-")}


def _told(found: dict[str, Any], request: Request) -> dict[str, str]:
    """Return what CloudFront tells about a viewer, which it does only where a policy lists the header.

    AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html`.
    """
    parsed = cloudfront.parse_distribution_dataplane_config(found)
    behavior = cloudfront._match_behavior(parsed, unquote(request.path))
    listed, _, _ = cloudfront._forwarding_predicates(behavior)
    return {VIEWER_COUNTRY: request.country} if listed(VIEWER_COUNTRY) else {}


def distribution_for(name: str) -> dict[str, Any] | None:
    """Return the distribution of a host name: an exact name goes before a wildcard alias.

    AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html`.
    """
    covering = None
    for record in cloudfront._distributions.values():
        aliases = [alias.lower() for alias in cloudfront._get_distribution_aliases(record)]
        if name == record["DomainName"].lower() or name in aliases:
            exact: dict[str, Any] = record
            return exact
        if any(cloudfront._domains_overlap(name, alias) for alias in aliases):
            covering = record
    return covering


def certificate_names(server_name: str | None) -> tuple[str, ...]:
    """Return the names on the certificate that CloudFront presents: the distribution's own, or its default one."""
    found = distribution_for((server_name or "").lower())
    viewer = cloudfront._find(cloudfront._dist_config_el(found), "ViewerCertificate") if found else None
    arn = cloudfront._text(viewer, "ACMCertificateArn") if viewer is not None else ""
    if (server_name or "").lower().endswith(f".{DOMAIN}") or not arn:
        return (f"*.{DOMAIN}",)
    return names_of(arn) or (f"*.{DOMAIN}",)


def _refusal() -> Response:
    explanation = "Bad request. We can't connect to the server for this app or website at this time."
    status, headers, body = cloudfront._cf_error_response(403, explanation, ERROR)
    return Response(status, headers, body)
