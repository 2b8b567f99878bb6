"""Where a request to the S3 API goes: the region that it is signed for, else its bucket's.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html`.
"""

from __future__ import annotations

from urllib.parse import unquote

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.routing import service_of
from breakable_aws.emulator.iam import signatures
from breakable_aws.emulator.net import arrivals
from breakable_aws.emulator.net.places import Endpoint
from breakable_aws.emulator.net.viewer_requests import Scope, headers_of

from . import regional_s3


def region_of(scope: Scope) -> str | None:
    """Return the region whose S3 a request is for; None if it is for no S3, or for no region that is known.

    Who came through a region's gate is there. An SDK sends a request to the endpoint of the region it signs for;
    signatures without a region (version 2, version 4A) leave the bucket.
    """
    place = arrivals.place_of(scope)
    if place is not None:
        return place.region if place.endpoint is Endpoint.S3_API else None
    signed = signatures.read(scope)
    if signed is not None and signed.signature.service != "s3":
        return None
    if signed is not None and signed.signature.region:
        return str(signed.signature.region)
    return _home_of(regional_s3.bucket_of(scope)) if signed is not None or service_of(scope) == "s3" else None


def source_region_of(scope: Scope) -> str | None:
    """Return the region of the bucket that a request copies from."""
    source = unquote(headers_of(scope).get("x-amz-copy-source", "")).lstrip("/").partition("/")[0]
    return _home_of(source)


def _home_of(bucket: str) -> str | None:
    return s3.region_of(bucket) if bucket and s3.bucket_exists(bucket) else None
