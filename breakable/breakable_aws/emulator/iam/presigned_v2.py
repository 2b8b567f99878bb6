"""Presigned URLs of S3 with Signature Version 2, which boto3 makes unless configured otherwise.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html`.
"""

import hmac
import time
from typing import Any
from urllib.parse import SplitResult, parse_qs

from botocore.auth import HmacV1Auth
from botocore.awsrequest import HTTPHeaders
from botocore.credentials import Credentials

from breakable_aws.emulator.base import credentials, routing
from breakable_aws.emulator.net.hosts import RestHost, s3_host, without_port
from breakable_aws.emulator.net.viewer_requests import Scope, headers_of

from .signatures import account_of, raw_path_of

_SESSION = "x-amz-security-token"
_LOCAL = ".localhost"


def is_genuine(scope: Scope) -> bool:
    """Tell whether a request is such a URL, not expired, and signed with the secret of this run or of a session."""
    headers = headers_of(scope)
    query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    if "authorization" in headers or not {"AWSAccessKeyId", "Signature", "Expires"} <= set(query):
        return False
    if routing.service_of(scope) != "s3":
        return False
    key, expires, token = query["AWSAccessKeyId"][0], query["Expires"][0], query.get(_SESSION, [""])[0]
    account = account_of(key)
    secret = credentials.secret_of(key, account, token) if account else None
    if secret is None or not expires.isdigit() or int(expires) < time.time():
        return False
    expected = _signature(scope, Credentials(key, secret, token or None), expires)
    return hmac.compare_digest(query["Signature"][0].encode(), expected.encode())


def _signature(scope: Scope, keys: Credentials, expires: str) -> str:
    signer, given, path = HmacV1Auth(keys), headers_of(scope), raw_path_of(scope)
    bucket = _bucket_of(given.get("host", ""))
    headers: Any = HTTPHeaders()
    for name, value in (given | ({_SESSION: keys.token} if keys.token else {})).items():
        headers[name] = value
    url = SplitResult("http", "", f"/{bucket}{path}" if bucket else path, scope["query_string"].decode("latin-1"), "")
    lines = [scope["method"], given.get("content-md5", ""), given.get("content-type", ""), expires]
    custom = signer.canonical_custom_headers(headers)
    signed: str = signer.sign_string("\n".join([*lines, *([custom] if custom else []), signer.canonical_resource(url)]))
    return signed


def _bucket_of(host: str) -> str | None:
    """Return the bucket that a virtual-hosted request names in its host."""
    name = without_port(host)
    if name.endswith(_LOCAL):
        return name.partition(".")[0]
    known = s3_host(name)
    return known.bucket if isinstance(known, RestHost) else None
