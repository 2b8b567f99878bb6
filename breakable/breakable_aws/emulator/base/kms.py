"""KMS: the keys that ministack keeps."""

from __future__ import annotations

from typing import Any

from ministack.services import kms


def key_of(reference: str) -> dict[str, Any] | None:
    """Return the record of a key by its id, its alias or the ARN of either, in the present account and region."""
    found: dict[str, Any] | None = kms._resolve_key(reference)
    return found
