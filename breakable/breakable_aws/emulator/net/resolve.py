"""The last step of DNS: the loopback address of a name that AWS gave to a distribution, an API or S3."""

from typing import Any

from breakable_aws.emulator.api_gateway.api_gateway import is_regional_name
from breakable_aws.emulator.base.s3 import bucket_exists, region_of
from breakable_aws.emulator.cloudfront.edge import distribution_for

from . import regions
from .gates import Gates
from .hosts import GLOBAL_REGION, without_port
from .listeners import LOOPBACK
from .outside import is_cdn
from .places import API, SCHEMES, Endpoint, Place, api_gateway_region, is_cloudfront_name, s3_name


async def resolve(gates: Gates, name: str, scheme: str) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and the document for a name."""
    if scheme not in SCHEMES or not name:
        expected = f"?name=HOST&scheme={'|'.join(SCHEMES)}"
        return 400, {"error": f"got the name {name!r} and the scheme {scheme!r}, expected {expected}"}
    place = place_of(name, scheme)
    if place is None:
        return 404, {"error": f"nothing lives at {name!r} for {scheme}"}
    port = await gates.port_to(place)
    return 200, {"address": LOOPBACK, "port": port, "service": place.endpoint.service, "region": place.region}


def place_of(name: str, scheme: str) -> Place | None:
    """Return where a name leads to, or None if it leads nowhere.

    An alias of a distribution is no name of it: DNS leads from there to the name that CloudFront gave.
    """
    if is_cloudfront_name(name):
        found = distribution_for(without_port(name)) if scheme != API else None
        return Place(Endpoint.CLOUDFRONT, None, scheme) if found else None
    if region := api_gateway_region(name):
        # API Gateway speaks no plain HTTP.
        return Place(Endpoint.API_GATEWAY, region, scheme) if scheme == "https" and is_regional_name(name) else None
    if is_cdn(name):
        return Place(Endpoint.EXTERNAL_CDN, None, scheme) if scheme != API else None
    known = s3_name(name, scheme)
    if known is None:
        return None
    region = known.region or _home_of(known.bucket)
    return Place(known.endpoint, region, scheme) if regions.exists(region) else None


def _home_of(bucket: str | None) -> str:
    """Return the region that the global endpoint leads to."""
    return region_of(bucket) if bucket and bucket_exists(bucket) else GLOBAL_REGION
