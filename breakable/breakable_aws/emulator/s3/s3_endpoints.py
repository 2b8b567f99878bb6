"""The S3 viewer listeners: website and REST endpoints for anonymous callers."""

import uuid
from http import HTTPStatus

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.iam.access import Caller, Verdict, viewer
from breakable_aws.emulator.net.hosts import CustomHost, RestHost, S3Host, WebsiteHost, s3_host, without_port
from breakable_aws.emulator.net.places import Endpoint, Place
from breakable_aws.emulator.net.viewer_requests import Request, Response

from . import object_store, rest, website


async def respond(request: Request) -> Response:
    """Answer a request by the endpoint that its Host header names."""
    host = reached(s3_host(request.host), request.place)
    with s3.in_account_of(without_port(host.bucket or "")):
        answer = _answer(request, host)
        allowed = s3.cors_headers(host.bucket or "", request.method, request.headers)
    identifiers = {
        "x-amz-request-id": uuid.uuid4().hex[:16].upper(),
        "x-amz-id-2": uuid.uuid4().hex,
        "server": "AmazonS3",
    }
    return Response(answer.status, identifiers | dict(answer.headers) | allowed, answer.body)


def _answer(request: Request, host: S3Host) -> Response:
    if isinstance(host, RestHost):
        return rest.respond(request, host)
    if request.secure:
        # A client that offers no matching server name can still send this Host: the endpoint has no TLS at all.
        return Response(421, {"connection": "close"})
    if isinstance(host, CustomHost) and s3.bucket_exists(host.bucket) and not _has_website(host.bucket):
        return rest.respond(request, RestHost(host.bucket, None))
    return respond_as_website(request, host)


def reached(host: S3Host, place: Place | None) -> S3Host:
    """Return what a Host header means at a place: the endpoint is the one that was connected to, whatever it says.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#VirtualHostingCustomURLs`.
    """
    if place is None or place.region is None:
        return host
    if place.endpoint is Endpoint.S3_WEBSITE and host.bucket:
        return WebsiteHost(host.bucket, place.region)
    return RestHost(host.bucket, place.region)


def respond_as_website(request: Request, host: WebsiteHost | CustomHost) -> Response:
    """Answer as the website endpoint of a bucket."""
    bucket, caller = host.bucket, viewer(request.source_ip, secure=request.secure)
    problem = _problem(request, host)
    if problem:
        return _error(problem, Response(0, {}))
    config = website.configuration(s3.parsed(s3.document(bucket, "website") or ""))
    outcome = website.plan(config, request.path, lambda key: object_store.read(bucket, key, caller, "HEAD", {}).verdict)
    if isinstance(outcome, website.Redirect):
        return Response(outcome.status, {"location": outcome.location})
    if isinstance(outcome, website.Failure):
        return _with_document(outcome, bucket, config, caller)
    read = object_store.read(bucket, outcome.key, caller, request.method, request.headers)
    headers = dict(read.headers or {})
    target = _redirect_of(bucket, outcome.key)
    return Response(301, {"location": target}) if target else Response(read.status, headers, read.body)


def _problem(request: Request, host: WebsiteHost | CustomHost) -> website.Failure | None:
    if request.method not in website.METHODS:
        return website.METHOD_NOT_ALLOWED
    if not s3.bucket_exists(host.bucket):
        return website.NO_SUCH_BUCKET
    if isinstance(host, WebsiteHost) and s3.region_of(host.bucket) != host.region:
        return website.INCORRECT_ENDPOINT
    return None if _has_website(host.bucket) else website.NO_CONFIGURATION


def _with_document(
    failure: website.Failure, bucket: str, config: website.WebsiteConfiguration, caller: Caller
) -> Response:
    """Return an error with the bucket's error document, or with S3's page when that cannot be read."""
    if config.error is None:
        return _error(failure, Response(0, {}))
    read = object_store.read(bucket, config.error, caller, "GET", {})
    if read.verdict is not Verdict.SERVE:
        return _error(failure, Response(0, {}), config.error, read.verdict)
    return _error(failure, Response(failure.status, dict(read.headers or {}), read.body))


def _error(
    failure: website.Failure, document: Response, key: str | None = None, verdict: Verdict | None = None
) -> Response:
    said = website.error_headers(failure)
    if document.status:
        return Response(document.status, dict(document.headers) | said, document.body)
    page = website.error_page(failure, key, verdict, HTTPStatus(failure.status).phrase)
    extra = {"allow": ", ".join(website.METHODS)} if failure.status == 405 else {}
    return Response(failure.status, {"content-type": "text/html; charset=utf-8"} | said | extra, page.encode())


def _redirect_of(bucket: str, key: str) -> str | None:
    preserved = (s3.current(bucket, key) or {}).get("preserved_headers") or {}
    target: str | None = preserved.get("x-amz-website-redirect-location")
    return target


def _has_website(bucket: str) -> bool:
    return s3.document(without_port(bucket), "website") is not None
