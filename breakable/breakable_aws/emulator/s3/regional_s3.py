"""The S3 API of one region: who comes through a region's gate reaches the buckets of that region and no others.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html`.
"""

from __future__ import annotations

from ministack.services import s3

from breakable_aws.emulator.net import arrivals
from breakable_aws.emulator.net.hosts import RestHost, s3_host
from breakable_aws.emulator.net.places import Endpoint, Place
from breakable_aws.emulator.net.viewer_requests import App, Receive, Scope, Send, headers_of, send_response

from . import object_store, rest


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
    elsewhere = object_store.bucket_exists(bucket) and object_store.region_of(bucket) != place.region
    return bucket if elsewhere else None


def bucket_of(scope: Scope) -> str:
    """Return the name of the bucket that a request is for, in either style; empty if it is for none."""
    headers = headers_of(scope)
    host = s3_host(headers.get("host", ""))
    if isinstance(host, RestHost) and host.bucket:
        return host.bucket
    bucket: str = s3._parse_bucket_key(scope["path"], headers)[0]
    return bucket
