"""KMS: the keys that ministack keeps."""

from typing import Any

from ministack.services import kms


def key_of(reference: str) -> dict[str, Any] | None:
    """Return the record of a key by its id, its alias or the ARN of either, in the present account and region."""
    return kms._resolve_key(reference)
