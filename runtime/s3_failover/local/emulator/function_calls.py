"""S3 calls of deployed functions: they come straight to the listener, and what is broken is broken for them too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from . import object_store
from .viewer_requests import Scope, headers_of

EXECUTION_ENVIRONMENT = "AWS_Lambda_python3.14"
"""What Lambda's environment variable AWS_EXECUTION_ENV holds; SDKs put it into the user agent."""

_CREDENTIAL = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/s3/")


def regions_of(scope: Scope) -> Iterator[str]:
    """Yield the regions whose S3 a function's call needs: the one it is signed for, and the one it copies from."""
    headers = headers_of(scope)
    signed = _CREDENTIAL.search(headers.get("authorization", ""))
    if signed is None or f"exec-env/{EXECUTION_ENVIRONMENT}" not in headers.get("user-agent", ""):
        return
    yield signed.group(1)
    source = unquote(headers.get("x-amz-copy-source", "")).lstrip("/").partition("/")[0]
    if source and object_store.bucket_exists(source):
        yield object_store.region_of(source)
