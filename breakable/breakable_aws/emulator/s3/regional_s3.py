"""The S3 API of one region: a request through a region's gate reaches the buckets of that region and no others.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html` and
`https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html`.
"""

from urllib.parse import unquote

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.routing import service_of
from breakable_aws.emulator.iam import signatures
from breakable_aws.emulator.net import arrivals
from breakable_aws.emulator.net.hosts import RestHost, s3_host
from breakable_aws.emulator.net.places import Endpoint, Place
from breakable_aws.emulator.net.viewer_requests import App, Receive, Scope, Send, headers_of, send_response

from . import rest


def in_front_of(api: App) -> App:
    """Return the API application, where a request through a region's gate only reaches that region."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        bucket = bucket_elsewhere(scope, arrivals.place_of(scope)) if scope["type"] == "http" else None
        if bucket is None:
            await api(scope, receive, send)
        else:
            await send_response(send, scope["method"], rest.elsewhere(bucket))

    return app


def bucket_elsewhere(scope: Scope, place: Place | None) -> str | None:
    """Return the bucket that a request wants, if it is in another region than the place the request came to."""
    if place is None or place.endpoint is not Endpoint.S3_API:
        return None
    bucket = bucket_of(scope)
    elsewhere = s3.bucket_exists(bucket) and s3.region_of(bucket) != place.region
    return bucket if elsewhere else None


def bucket_of(scope: Scope) -> str:
    """Return the name of the bucket that a request is for, in either style; empty if it is for none."""
    headers = headers_of(scope)
    host = s3_host(headers.get("host", ""))
    if isinstance(host, RestHost) and host.bucket:
        return host.bucket
    bucket: str = scope["path"].lstrip("/").partition("/")[0]
    return bucket


def key_of(scope: Scope) -> str:
    """Return the key of the object that a request is for, in either style; empty if it is for none."""
    host = s3_host(headers_of(scope).get("host", ""))
    path: str = scope["path"].lstrip("/")
    return path if isinstance(host, RestHost) and host.bucket else path.partition("/")[2]


def region_of(scope: Scope) -> str | None:
    """Return the region whose S3 a request is for; None if it is for no S3, or for no region that is known.

    A request through a region's gate is for that region. An SDK sends a request to the endpoint of the region it signs
    for; signatures without a region (version 2, version 4A) leave the bucket.
    """
    place = arrivals.place_of(scope)
    if place is not None:
        return place.region if place.endpoint is Endpoint.S3_API else None
    signed = signatures.read(scope)
    if signed is not None and signed.signature.service != "s3":
        return None
    if signed is not None and signed.signature.region:
        return str(signed.signature.region)
    return _home_of(bucket_of(scope)) if signed is not None or service_of(scope) == "s3" else None


def source_region_of(scope: Scope) -> str | None:
    """Return the region of the bucket that a request copies from."""
    source = unquote(headers_of(scope).get("x-amz-copy-source", "")).lstrip("/").partition("/")[0]
    return _home_of(source)


def _home_of(bucket: str) -> str | None:
    return s3.region_of(bucket) if bucket and s3.bucket_exists(bucket) else None
