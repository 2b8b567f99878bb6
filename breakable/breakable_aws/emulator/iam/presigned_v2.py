"""Presigned URLs of S3 with Signature Version 2, which boto3 makes unless it is told otherwise.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.router import detect_service

from breakable_aws.emulator.net.viewer_requests import Scope, headers_of

from .signatures import account_of, raw_path_of


def is_genuine(scope: Scope) -> bool:
    """Tell whether a request is such a URL, not expired, and signed with the secret of this run or of a session."""
    headers = headers_of(scope)
    query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    if "authorization" in headers or not {"AWSAccessKeyId", "Signature", "Expires"} <= set(query):
        return False
    if detect_service(scope["method"], scope["path"], headers, query) != "s3":
        return False
    account = account_of(query["AWSAccessKeyId"][0])
    return account is not None and _is_signed(scope, headers, query, account)


def _is_signed(scope: Scope, headers: Mapping[str, str], query: Mapping[str, list[str]], account: str) -> bool:
    path, bucket = raw_path_of(scope), app._extract_s3_vhost_bucket(headers.get("host", ""))
    request: Any = iam_evaluator.SignedRequest(
        query["AWSAccessKeyId"][0],
        scope["method"],
        path,
        query,
        headers,
        sigv2=True,
        auth_path=f"/{bucket}{path}" if bucket else path,
    )
    return isinstance(iam_evaluator._sigv2_check(request, account), iam_evaluator.ResolvedCredential)
