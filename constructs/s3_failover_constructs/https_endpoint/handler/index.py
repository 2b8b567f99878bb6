"""Serves a private bucket over HTTPS: one request of an API Gateway HTTP API, payload format 2.0, is one read of S3."""

import base64
import logging
import os
import re
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

LARGEST = 4 * 1024 * 1024
"""Bytes of the largest body sent inline. A response of Lambda has at most 6 MB, in base64, headers included (Lambda
Developer Guide, gettingstarted-limits); four MiB are 5.6 MB then."""

REDIRECT_SECONDS = 300
"""How long the address of a larger object is good for; a download that has begun goes on after it."""

ETAGS = {"if-match": "IfMatch", "if-none-match": "IfNoneMatch"}
"""The request headers with ETags that S3 gets, with the names of its parameters."""

DATES = {"if-modified-since": "IfModifiedSince", "if-unmodified-since": "IfUnmodifiedSince"}
"""The request headers with dates that S3 gets, with the names of its parameters."""

DATE_FORMATS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
"""How HTTP writes dates: today, and in two older ways that must be understood (RFC 9110, 5.6.7)."""

ONE_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)", re.IGNORECASE | re.ASCII)
"""A range that S3 can answer: it has no answer of several (S3 API, GetObject)."""

NOT_PLAIN = re.compile(r"[^\x20-\x7e]")
"""What no header that is sent to S3 may hold; no ETag of S3 has it either."""

PASSED_ON = {
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-range",
    "content-type",
    "etag",
    "expires",
    "last-modified",
}
"""The headers of S3's answer that the viewer gets, besides the object's own metadata."""

log = logging.getLogger(__name__)
BUCKET = os.environ["BUCKET"]
REGION = os.environ["AWS_REGION"]
SUFFIX = "amazonaws.com.cn" if REGION.startswith("cn-") else "amazonaws.com"

# API Gateway waits 30 seconds at most (API Gateway Developer Guide, http-api-quotas): two attempts fit in.
s3: Any = boto3.client("s3", config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}))
# Signs only. Virtual addresses of the region, with IPv6: a redirect must not lead through another region.
signer = boto3.client(
    "s3",
    endpoint_url=f"https://s3.dualstack.{REGION}.{SUFFIX}",
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request."""
    method = event["requestContext"]["http"]["method"]
    if method not in ("GET", "HEAD"):
        return response(405, {"allow": "GET, HEAD"})
    try:
        return read(method, key_of(event["rawPath"]), event.get("headers") or {})
    except (ParamValidationError, UnicodeEncodeError) as error:
        log.warning("no key of S3: %s", ascii(str(error)))
        return response(400)
    except BotoCoreError as error:
        log.warning("S3 does not answer: %s", error)
        return response(503)


def key_of(path: str) -> str:
    """Return the key of a path: API Gateway decodes every escape of it but `%25`."""
    key = path.removeprefix("/").replace("%25", "%")
    return key + os.environ["INDEX_DOCUMENT"] if not key or key.endswith("/") else key


def read(method: str, key: str, headers: dict[str, str]) -> dict[str, Any]:
    """Answer with an object, or with what S3 says instead."""
    target = {"Bucket": BUCKET, "Key": key}
    try:
        if method == "HEAD":
            # S3 would answer a HEAD with a range, too; websites and distributions do not tell more than the whole.
            found = s3.head_object(**target, **conditions(headers))
        else:
            found = s3.get_object(**target, **conditions(headers), **byte_range(headers))
    except ClientError as error:
        return refusal(method, error)
    return served(method, target, found)


def conditions(headers: dict[str, str]) -> dict[str, Any]:
    """Return the conditions of a request that mean something; a date that is none is ignored (RFC 9110, 13.1.3)."""
    etags = {name: NOT_PLAIN.sub("?", headers.get(header, "")).strip() for header, name in ETAGS.items()}
    dates = {name: http_date(headers.get(header, "")) for header, name in DATES.items()}
    return {name: value for name, value in {**etags, **dates}.items() if value}


def byte_range(headers: dict[str, str]) -> dict[str, str]:
    """Return the range of a request; one that S3 cannot read may be ignored (RFC 9110, 14.2).

    So may one with If-Range: S3's API has no such condition, and a part of another version must not be sent.
    """
    found = ONE_RANGE.fullmatch(headers.get("range", "").strip())
    return {"Range": f"bytes={found[1]}"} if found and "if-range" not in headers else {}


def http_date(text: str) -> datetime | None:
    """Return what a header says if that is a date of HTTP, None otherwise."""
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def served(method: str, target: dict[str, str], found: dict[str, Any]) -> dict[str, Any]:
    """Return what S3 found: its bytes, or where they are if they are too many."""
    answer = found["ResponseMetadata"]
    headers = passed_on(answer["HTTPHeaders"])
    if method == "HEAD":
        return response(200, headers | {"content-length": str(found["ContentLength"])})
    if found["ContentLength"] > LARGEST:
        found["Body"].close()
        address = signer.generate_presigned_url("get_object", Params=target, ExpiresIn=REDIRECT_SECONDS)
        return response(307, {"location": address, "cache-control": "no-store"})
    return response(answer["HTTPStatusCode"], headers, found["Body"].read())


def refusal(method: str, error: ClientError) -> dict[str, Any]:
    """Return what S3 refused: not modified, missing, or wrong with the request; 503 where the fault is S3's."""
    answer = error.response["ResponseMetadata"]
    status = answer["HTTPStatusCode"]
    if status == 404:
        return missing(method)
    if status in (304, 412, 416):
        return response(status, {k: v for k, v in passed_on(answer["HTTPHeaders"]).items() if k != "content-type"})
    log.warning("S3 answers %s: %s", status, error)
    return response(status if 400 <= status < 500 else 503)


def missing(method: str) -> dict[str, Any]:
    """Return 404 with the error document, or without a body if that is missing, too."""
    try:
        page = s3.get_object(Bucket=BUCKET, Key=os.environ["ERROR_DOCUMENT"])
    except ClientError:
        return response(404)
    kind = {"content-type": page["ContentType"]}
    return response(404, kind, b"" if method == "HEAD" or page["ContentLength"] > LARGEST else page["Body"].read())


def passed_on(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of S3's answer that are for viewers."""
    return {name: value for name, value in headers.items() if name in PASSED_ON or name.startswith("x-amz-meta-")}


def response(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> dict[str, Any]:
    """Return a response as API Gateway takes it."""
    hsts = {"strict-transport-security": os.environ["HSTS"]} if os.environ.get("HSTS") else {}
    return {
        "statusCode": status,
        "headers": {"content-type": "text/plain; charset=utf-8"} | hsts | (headers or {}),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
