"""CloudFront's way to its origins: origin access control really checked, and origin groups.

AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from breakable_aws.emulator.base import cloudfront, s3
from breakable_aws.emulator.base.cloudfront import Origin, OriginAnswer
from breakable_aws.emulator.iam.access import CLOUDFRONT_ADDRESS, Caller, Verdict, distribution, viewer
from breakable_aws.emulator.net.hosts import RestHost, s3_host
from breakable_aws.emulator.net.viewer_requests import Response
from breakable_aws.emulator.s3 import object_store, rest

from .api import distributions, read
from .origin_groups import Trouble, fails_over

_VIEWER_STATUS = {Trouble.UNREACHABLE: 502, Trouble.TIMEOUT: 504}

Reach = Callable[[Origin], Awaitable[Response | None]]
"""Goes to an origin; raises `OriginUnreachable` or `OriginTimeout`, or returns an answer from on the way."""


async def reach_always(_origin: Origin) -> Response | None:
    """Reach every origin: nothing is broken."""
    return None


reach: Reach = reach_always
"""Called before each origin fetch. A fault layer's place."""


def install() -> None:
    """Ask the origins of distributions here."""
    cloudfront.ask_origins_by(fetch)


async def fetch(origin: Origin, method: str, *request: Any) -> OriginAnswer:
    """Fetch from an origin, or from the second one of a group when the first one's answer is in its criteria."""
    plans = (each.plan for each in distributions() if each.arn == request[-1])
    origin = next(plans, {"origins": {}})["origins"].get(origin["id"], origin)
    outcome, answer = await _attempt(origin, method, *request)
    if "second" in origin and fails_over(method, outcome, origin["codes"]):
        _, answer = await _attempt(origin["second"], method, *request)
    return answer


async def _attempt(origin: Origin, method: str, *request: Any) -> tuple[int | Trouble, OriginAnswer]:
    try:
        answer = await _answer(origin, method, *request)
    except cloudfront.OriginTimeout:
        return Trouble.TIMEOUT, _no_answer(Trouble.TIMEOUT)
    except cloudfront.OriginUnreachable:
        return Trouble.UNREACHABLE, _no_answer(Trouble.UNREACHABLE)
    return answer[0], answer


async def _answer(origin: Origin, method: str, uri: str, *request: Any) -> OriginAnswer:
    on_the_way = await reach(origin)
    if on_the_way is not None:
        return _told(on_the_way)
    if not origin["s3_bucket"]:
        return await cloudfront.ask_custom_origin(origin, method, uri, *request)
    _, headers, *_, arn = request
    caller = distribution(arn) if _signs(origin) else viewer(CLOUDFRONT_ADDRESS, secure=True)
    return _told(await asyncio.to_thread(serve_bucket, origin, method, uri, headers, caller))


def serve_bucket(origin: Origin, method: str, uri: str, headers: Mapping[str, str], caller: Caller) -> Response:
    """Answer CloudFront as S3 does: by the bucket's policy, which must admit this distribution."""
    told = _of_bucket(origin, method, key_of(origin, uri), headers, caller)
    return Response(told.status, {"server": "AmazonS3", **told.headers}, told.body)


def _of_bucket(origin: Origin, method: str, key: str, headers: Mapping[str, str], caller: Caller) -> Response:
    bucket, host = origin["s3_bucket"], s3_host(origin["domain_name"])
    if not s3.bucket_exists(bucket):
        return rest.error(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=bucket)
    if isinstance(host, RestHost) and host.region not in (None, s3.region_of(bucket)):
        return rest.elsewhere(bucket)
    if method not in ("GET", "HEAD"):
        return rest.error(403, "AccessDenied", "Access Denied")
    with s3.in_account_of(bucket):
        found = object_store.read(bucket, key, caller, method, headers)
    if found.verdict is Verdict.SERVE:
        return Response(found.status, found.headers or {}, found.body)
    if found.verdict is Verdict.MISSING:
        return rest.error(404, "NoSuchKey", "The specified key does not exist.", Key=key)
    return rest.error(403, "AccessDenied", "Access Denied")


def key_of(origin: Origin, uri: str) -> str:
    """Return the key that CloudFront asks a bucket for: all behind the first slash, further slashes included.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html`.
    """
    return unquote(origin["origin_path"] + uri).removeprefix("/")


def _signs(origin: Origin) -> bool:
    control = read(f"/origin-access-control/{origin['oac_id']}/config") if origin["oac_id"] else None
    return control is not None and control.findtext("SigningBehavior") != "never"


def _no_answer(trouble: Trouble) -> OriginAnswer:
    page = cloudfront.error_page(_VIEWER_STATUS[trouble], "CloudFront got no answer from the origin.")
    return _told(Response(*page))


def _told(answer: Response) -> OriginAnswer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status, HTTPStatus(answer.status).phrase, headers, answer.body
