"""The secret of one run of the embedded AWS: only a caller that knows it may use the API.

It is the secret access key, so it never leaves a caller that signs its requests: a presigned URL, which a deployed
function may hand to any viewer, gives away the session token and no more.
"""

import hashlib
import hmac
import secrets

HEADER = "x-breakable-secret"
"""Carries the secret to the embedded AWS's own endpoints; calls of AWS APIs are signed with it instead."""


def make() -> str:
    """Return a new secret."""
    return secrets.token_urlsafe(32)


def headers(secret: str) -> dict[str, str]:
    """Return the header that a request to the embedded AWS's own endpoints needs."""
    return {HEADER: secret}


def session_token(secret: str) -> str:
    """Return the session token that goes with the secret access key; it does not reveal the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(given: str, expected: str) -> bool:
    """Tell whether two texts are the same, in a time that says nothing about where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
