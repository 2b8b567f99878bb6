"""Which S3 endpoint and bucket a Host header or a TLS server name means.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html` and `.../WebsiteEndpoints.html`.
"""

import re
from dataclasses import dataclass

_SUFFIX = r"\.amazonaws\.com"
_REGION = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
_WEBSITE = re.compile(rf"(?P<bucket>.+)\.s3-website[-.]{_REGION}{_SUFFIX}")
_WEBSITES = re.compile(rf"s3-website[-.]{_REGION}{_SUFFIX}")
_REST = re.compile(rf"(?:(?P<bucket>.+)\.)?s3(?P<dual>\.dualstack)?(?:[.-]{_REGION})?{_SUFFIX}")

GLOBAL_REGION = "us-east-1"
"""The region of the endpoint without a region in its name."""


@dataclass(frozen=True)
class WebsiteHost:
    """A website endpoint: HTTP only."""

    bucket: str
    region: str


@dataclass(frozen=True)
class RestHost:
    """A REST endpoint, with a bucket in its name or in the path."""

    bucket: str | None
    """The bucket of a virtual-hosted request; none when the path begins with it."""
    region: str | None
    """The endpoint's region; none for the global endpoint, which serves every region."""
    dual_stack: bool = False
    """Whether it is the endpoint with IPv6, which has certificates of its own."""


@dataclass(frozen=True)
class CustomHost:
    """Any other name: the bucket that is named like it."""

    bucket: str


S3Host = WebsiteHost | RestHost | CustomHost


def s3_host(host: str) -> S3Host:
    """Return what a Host header means to S3."""
    name = without_port(host)
    website = _WEBSITE.fullmatch(name)
    if website:
        return WebsiteHost(website["bucket"], website["region"])
    rest = _REST.fullmatch(name)
    if rest:
        return RestHost(rest["bucket"], rest["region"], bool(rest["dual"]))
    return CustomHost(name)


def website_region(name: str) -> str | None:
    """Return the region whose website endpoint a name is, without a bucket in it, as alias records point at it."""
    found = _WEBSITES.fullmatch(without_port(name))
    return found["region"] if found else None


def s3_certificate_names(server_name: str | None) -> tuple[str, ...] | None:
    """Return the names on the certificate that S3 presents, or None where it speaks no TLS.

    Website endpoints have none. A REST endpoint's wildcard covers one label: a bucket with dots in its name gets the
    certificate that does not match it, as on AWS.
    """
    host = s3_host(server_name or f"s3.{GLOBAL_REGION}.amazonaws.com")
    if not isinstance(host, RestHost):
        return None
    stack = "dualstack." if host.dual_stack else ""
    endpoint = f"s3.{stack}{host.region}.amazonaws.com" if host.region else "s3.amazonaws.com"
    return endpoint, f"*.{endpoint}"


def without_port(host: str) -> str:
    """Return a Host header's name in lower case, without the port and the root's dot."""
    return host.rpartition(":")[0].lower().rstrip(".") if re.search(r":\d*$", host) else host.lower().rstrip(".")


def covers(pattern: str, name: str) -> bool:
    """Tell whether a name is another one, or has one label more than a wildcard like `*.example.com`."""
    label, _, domain = name.lower().partition(".")
    return pattern.lower() == name.lower() or (bool(label) and pattern.lower() == f"*.{domain}")
