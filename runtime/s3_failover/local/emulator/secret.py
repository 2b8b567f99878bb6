"""The secret of this run: only a caller that knows it may use the API.

It is the secret access key, so it never leaves a caller that signs its requests: a presigned URL, which a deployed
function may hand to any viewer, gives away the session token and no more.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

HEADER = "x-s3-failover-secret"
"""Carries the secret to the endpoints that are no AWS API."""


def make() -> str:
    """Return a new secret."""
    return secrets.token_urlsafe(32)


def session_token(secret: str) -> str:
    """Return the session token that goes with the secret access key; it does not tell the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(given: str, expected: str) -> bool:
    """Tell whether two texts are the same, in a time that says nothing about where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
