"""Serves a private bucket over HTTPS: one request of an API Gateway HTTP API, payload format 2.0, is one read of S3."""

import base64
import logging
import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LARGEST = 4 * 1024 * 1024
"""Bytes of the largest body sent inline. A response of Lambda has at most 6 MB, in base64, headers included (Lambda
Developer Guide, gettingstarted-limits); four MiB are 5.6 MB then."""

REDIRECT_SECONDS = 300
"""How long the address of a larger object is good for; a download that has begun goes on after it."""

CONDITIONS = {
    "range": "Range",
    "if-match": "IfMatch",
    "if-none-match": "IfNoneMatch",
    "if-modified-since": "IfModifiedSince",
    "if-unmodified-since": "IfUnmodifiedSince",
}
"""The request headers that S3 gets, with the names of its parameters."""

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

# API Gateway waits 30 seconds at most (API Gateway Developer Guide, http-api-quotas): two attempts fit in.
s3: Any = boto3.client("s3", config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}))
# Signs only. Virtual addresses of the region, with IPv6: a redirect must not lead through another region.
signer = boto3.client(
    "s3",
    endpoint_url=f"https://s3.dualstack.{REGION}.amazonaws.com",
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request."""
    method = event["requestContext"]["http"]["method"]
    if method not in ("GET", "HEAD"):
        return response(405, {"allow": "GET, HEAD"})
    try:
        return read(method, key_of(event["rawPath"]), event.get("headers", {}))
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
    conditions = {name: headers[header] for header, name in CONDITIONS.items() if header in headers}
    try:
        if method == "HEAD":
            # S3 would answer a HEAD with a range, too; websites and distributions do not tell more than the whole.
            found = s3.head_object(**target, **{name: value for name, value in conditions.items() if name != "Range"})
        else:
            found = s3.get_object(**target, **conditions)
    except ClientError as error:
        return refusal(method, error)
    return served(method, target, found)


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
    """Return what S3 refused: not modified, precondition failed, range not satisfiable, missing, denied or broken."""
    answer = error.response["ResponseMetadata"]
    status = answer["HTTPStatusCode"]
    if status == 404:
        return missing(method)
    if status in (304, 412, 416):
        return response(status, {k: v for k, v in passed_on(answer["HTTPHeaders"]).items() if k != "content-type"})
    log.warning("S3 answers %s: %s", status, error)
    return response(403 if status == 403 else 503)


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
