"""The CloudFront viewer listeners: every distribution by its domain name and its aliases. Nothing is cached."""

from urllib.parse import parse_qs, unquote

from breakable_aws.emulator.base import cloudfront
from breakable_aws.emulator.net.hosts import covers, without_port
from breakable_aws.emulator.net.places import CLOUDFRONT_DOMAIN, is_cloudfront_name
from breakable_aws.emulator.net.viewer_requests import Request, Response

from .api import distributions
from .certificates import names_of
from .distribution import Distribution

VIEWER_COUNTRY = "cloudfront-viewer-country"
"""Where CloudFront tells a function or an origin the viewer's country."""

_DEFAULT_CERTIFICATE = (f"*.{CLOUDFRONT_DOMAIN}",)


async def respond(request: Request) -> Response:
    """Answer a viewer as the distribution that its Host header names."""
    name = without_port(request.host)
    found = distribution_for(name)
    if found is None or found.config.findtext("Enabled") == "false":
        return failure(403, "Bad request. We can't connect to the server for this app or website at this time.")
    # The port of this listener is none of CloudFront's: it must not come back in a redirect.
    protocol = "https" if request.secure else "http"
    headers = {**_as_sent(request), "host": name, "x-forwarded-proto": protocol, **_told(found, request)}
    status, answer_headers, body = await cloudfront.answer_viewer(
        found.record,
        request.method,
        unquote(request.path),
        request.path,
        request.query,
        headers,
        request.body,
        parse_qs(request.query, keep_blank_values=True),
        request.source_ip,
    )
    failed = {"X-Cache": cloudfront.ERROR} if status >= 400 else {}
    return Response(status, answer_headers | failed, body)


def failure(status: int, explanation: str) -> Response:
    """Return CloudFront's own page for an error."""
    return Response(*cloudfront.error_page(status, explanation))


def distribution_for(name: str) -> Distribution | None:
    """Return the distribution of a host name: an exact name goes before a wildcard alias.

    AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html`.
    """
    known = distributions()
    exact = (each for each in known if name in (each.domain, *each.aliases))
    covering = (each for each in known if any(covers(alias, name) for alias in each.aliases))
    return next(exact, None) or next(covering, None)


def certificate_names(server_name: str | None) -> tuple[str, ...]:
    """Return the names on the certificate that CloudFront presents: the distribution's own, or its default one."""
    name = (server_name or "").lower()
    found = None if is_cloudfront_name(name) else distribution_for(name)
    arn = found.config.findtext("ViewerCertificate/ACMCertificateArn") if found else None
    return (names_of(arn) if arn else ()) or _DEFAULT_CERTIFICATE


def _as_sent(request: Request) -> dict[str, str]:
    """Return a viewer's headers without those that only CloudFront may set."""
    return {header: value for header, value in request.headers.items() if not header.startswith("cloudfront-")}


def _told(found: Distribution, request: Request) -> dict[str, str]:
    """Return what CloudFront tells about a viewer, which it does only where a policy lists the header.

    AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html`.
    """
    listed = cloudfront.forwards(found.plan, unquote(request.path), VIEWER_COUNTRY)
    return {VIEWER_COUNTRY: request.country} if listed else {}
