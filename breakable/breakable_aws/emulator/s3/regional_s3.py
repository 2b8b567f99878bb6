"""The S3 API of one region: who comes through a region's gate reaches the buckets of that region and no others.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html`.
"""

from __future__ import annotations

from breakable_aws.emulator.base import s3
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
