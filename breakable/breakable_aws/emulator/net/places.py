"""The places of the local internet: what a DNS name leads to, without sockets and without a store.

AWS: `https://docs.aws.amazon.com/general/latest/gr/s3.html`.
"""

import re
from dataclasses import dataclass
from enum import Enum

from .hosts import RestHost, WebsiteHost, s3_host, website_region, without_port

CLOUDFRONT_DOMAIN = "cloudfront.net"
_API_GATEWAY = re.compile(r"d-[a-z0-9]+\.execute-api\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")
API = "api"
"""The scheme of signed SDK requests."""

SCHEMES = ("http", "https", API)
"""What a name can be resolved for."""


class Endpoint(Enum):
    """A kind of endpoint, which has addresses of its own on AWS."""

    CLOUDFRONT = "cloudfront"
    API_GATEWAY = "api-gateway"
    S3_REST = "s3-rest"
    S3_WEBSITE = "s3-website"
    S3_API = "s3-api"
    EXTERNAL_CDN = "external-cdn"

    @property
    def service(self) -> str:
        """What answers there: a service, or another provider's CDN."""
        if self in (Endpoint.CLOUDFRONT, Endpoint.API_GATEWAY, Endpoint.EXTERNAL_CDN):
            return str(self.value)
        return "s3"


@dataclass(frozen=True)
class Place:
    """Where a name leads to.

    A CDN has no region: it is everywhere.
    """

    endpoint: Endpoint
    region: str | None
    scheme: str


@dataclass(frozen=True)
class S3Name:
    """A name of S3 that leads to a place.

    The global endpoint has no region; an endpoint's own name has no bucket.
    """

    endpoint: Endpoint
    region: str | None
    bucket: str | None


def s3_name(name: str, scheme: str) -> S3Name | None:
    """Return what a name of S3 leads to, whether or not its bucket exists; None for any other name."""
    host, region = s3_host(name), website_region(name)
    if region is not None:
        return None if scheme == API else S3Name(Endpoint.S3_WEBSITE, region, None)
    if isinstance(host, WebsiteHost):
        return None if scheme == API else S3Name(Endpoint.S3_WEBSITE, host.region, host.bucket)
    if isinstance(host, RestHost):
        return S3Name(Endpoint.S3_API if scheme == API else Endpoint.S3_REST, host.region, host.bucket)
    return None


def is_cloudfront_name(name: str) -> bool:
    """Tell whether a name is one that CloudFront gives to a distribution."""
    label, _, domain = without_port(name).partition(".")
    return bool(label) and domain == CLOUDFRONT_DOMAIN


def api_gateway_region(name: str) -> str | None:
    """Return the region of a name that API Gateway gave to a regional custom domain name; None for any other name."""
    found = _API_GATEWAY.fullmatch(without_port(name))
    return found[1] if found else None
