"""CloudFront's way to its origins: origin access control really checked, and origin groups.

AWS: `https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html`.
"""

from __future__ import annotations

import http.client
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from ministack.services import cloudfront

from breakable_aws.emulator.answers import Answer
from breakable_aws.emulator.base import s3
from breakable_aws.emulator.base.hooks import replace
from breakable_aws.emulator.iam.access import CLOUDFRONT_ADDRESS, Verdict, distribution, viewer
from breakable_aws.emulator.net.hosts import RestHost, s3_host
from breakable_aws.emulator.s3 import object_store

from .origin_groups import Trouble, fails_over

Origin = Mapping[str, Any]
OriginAnswer = tuple[int, str, dict[str, Any], bytes]
"""Status, reason, headers and body."""

DEFAULT_METHODS = ("GET", "HEAD")
"""What a cache behavior takes that does not say.

AWS: `https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html`.
"""

_VIEWER_STATUS = {Trouble.UNREACHABLE: 502, Trouble.TIMEOUT: 504}


Reach = Callable[[Origin], Awaitable[OriginAnswer | None]]
"""Goes to an origin; raises `cloudfront.OriginUnreachable` or `OriginTimeout`, or returns an answer from on the way."""


async def reach_always(_origin: Origin) -> OriginAnswer | None:
    """Reach every origin: nothing is broken."""
    return None


reach: Reach = reach_always
"""Called before each origin fetch. A fault layer's place."""

_fetch_one = cloudfront._fetch_from_origin
_parse = cloudfront.parse_distribution_dataplane_config


def install() -> None:
    """Put origin groups and the access decision into ministack's CloudFront."""
    replace(cloudfront, "parse_distribution_dataplane_config", parse)
    replace(cloudfront, "_fetch_from_origin", fetch)
    replace(cloudfront, "_serve_s3_origin", serve_bucket)


def parse(record: dict[str, Any]) -> dict[str, Any]:
    """Return a distribution's configuration for the data plane, where a group is an origin with two members.

    It is parsed once: every request asks for it, and nobody changes it.
    """
    return _parsed(record.get("config_xml", ""))


@lru_cache(maxsize=64)
def _parsed(config_xml: str) -> dict[str, Any]:
    record = {"config_xml": config_xml}
    parsed: dict[str, Any] = _parse(record)
    config = cloudfront._dist_config_el(record)
    for element in _items(config, "Origins"):
        parsed["origins"][cloudfront._text(element, "Id")] |= _timing(element)
    for element in _items(config, "OriginGroups"):
        members = [parsed["origins"][cloudfront._text(member, "OriginId")] for member in _items(element, "Members")]
        codes = {int(code.text) for code in _items(cloudfront._find(element, "FailoverCriteria"), "StatusCodes")}
        parsed["origins"][cloudfront._text(element, "Id")] = {**members[0], "second": members[1], "codes": codes}
    for behavior in (parsed["default_behavior"], *parsed["ordered_behaviors"]):
        if behavior and behavior["allowed_methods"] is None:
            behavior["allowed_methods"] = DEFAULT_METHODS
    return parsed


async def fetch(origin: Origin, method: str, *request: Any) -> OriginAnswer:
    """Fetch from an origin, or from the second one of a group when the first one's answer is in its criteria."""
    outcome, answer = await _attempt(origin, method, *request)
    if "second" in origin and fails_over(method, outcome, origin["codes"]):
        _, answer = await _attempt(origin["second"], method, *request)
    return answer


async def _attempt(origin: Origin, method: str, *request: Any) -> tuple[int | Trouble, OriginAnswer]:
    try:
        answer: OriginAnswer = await reach(origin) or await _fetch_one(origin, method, *request)
    except cloudfront.OriginTimeout:
        return Trouble.TIMEOUT, _no_answer(Trouble.TIMEOUT)
    except cloudfront.OriginUnreachable:
        return Trouble.UNREACHABLE, _no_answer(Trouble.UNREACHABLE)
    return answer[0], answer


def serve_bucket(origin: Origin, method: str, uri: str, headers: Mapping[str, str], arn: str = "") -> Answer:
    """Answer CloudFront as S3 does: by the bucket's policy, which must admit this distribution."""
    bucket, key = origin["s3_bucket"], key_of(origin, uri)
    if not s3.bucket_exists(bucket):
        return _answer(s3.error("NoSuchBucket", "The specified bucket does not exist", 404, f"/{bucket}"))
    host = s3_host(origin["domain_name"])
    if isinstance(host, RestHost) and host.region not in (None, s3.region_of(bucket)):
        return _answer(s3.error("PermanentRedirect", "The bucket is in another region.", 301))
    if method not in ("GET", "HEAD"):
        return _answer(s3.error("AccessDenied", "Access Denied", 403))
    caller = distribution(arn) if _signs(origin) else viewer(CLOUDFRONT_ADDRESS, secure=True)
    with s3.in_account_of(bucket):
        read = object_store.read(bucket, key, caller, method, headers)
    if read.verdict is Verdict.SERVE:
        return read.status, dict(read.headers or {}), read.body
    if read.verdict is Verdict.MISSING:
        return _answer(s3.error("NoSuchKey", "The specified key does not exist.", 404))
    return _answer(s3.error("AccessDenied", "Access Denied", 403))


def key_of(origin: Origin, uri: str) -> str:
    """Return the key that CloudFront asks a bucket for: all behind the first slash, further slashes included.

    AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html`.
    """
    return unquote((origin.get("origin_path") or "") + uri).removeprefix("/")


def _signs(origin: Origin) -> bool:
    control = cloudfront._oacs.get(origin.get("oac_id") or "")
    return control is not None and control["SigningBehavior"] != "never"


def _answer(answer: Any) -> Answer:
    status, headers, body = answer
    return status, {**headers, "server": "AmazonS3"}, body


def _timing(element: Any) -> dict[str, Any]:
    """Return an origin's attempts and timeouts with CloudFront's defaults, for whoever makes it slow."""
    s3_config = cloudfront._find(element, "S3OriginConfig")
    timing = {
        "connection_attempts": int(cloudfront._text(element, "ConnectionAttempts") or 3),
        "connection_timeout": int(cloudfront._text(element, "ConnectionTimeout") or 10),
    }
    if s3_config is not None:
        timing["read_timeout"] = int(cloudfront._text(s3_config, "OriginReadTimeout") or 30)
    return timing


def _no_answer(trouble: Trouble) -> OriginAnswer:
    status = _VIEWER_STATUS[trouble]
    _, headers, body = cloudfront._cf_error_response(status, "CloudFront got no answer from the origin.", "")
    return status, http.client.responses[status], {name.lower(): value for name, value in headers.items()}, body


def _items(parent: Any, block: str) -> list[Any]:
    found = cloudfront._find(parent, block) if parent is not None else None
    items = cloudfront._find(found, "Items") if found is not None else None
    return list(items) if items is not None else []
