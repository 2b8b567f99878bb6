"""The secret of one run of the embedded AWS: what a caller must know, and how it shows that."""

from __future__ import annotations

import hashlib

HEADER = "x-s3-failover-secret"
"""Carries the secret to the embedded AWS's own endpoints; calls of AWS APIs are signed with it instead."""


def headers(secret: str) -> dict[str, str]:
    """Return the header that a request to the embedded AWS's own endpoints needs."""
    return {HEADER: secret}


def session_token(secret: str) -> str:
    """Return the session token that goes with the secret access key; it does not tell the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
