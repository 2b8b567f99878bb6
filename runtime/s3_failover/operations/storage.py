"""How an object is stored, as HEAD says it: in an archive, or under a key."""

from collections.abc import Mapping
from typing import Any

ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Their objects answer GET with InvalidObjectState; those of GLACIER_IR answer at once (S3 User Guide,
storage-class-intro)."""


def archive(storage_class: str | None) -> str:
    """Return a storage class if it is an archive, else an empty string."""
    return storage_class if storage_class in ARCHIVES else ""


def is_archived(head: Mapping[str, Any]) -> bool:
    """Tell by an answer to HEAD whether an object is archived, also in a tier of INTELLIGENT_TIERING.

    A copy that is restored for some days still is: it goes away by itself.
    """
    return head.get("StorageClass") in ARCHIVES or bool(head.get("ArchiveStatus"))


def is_keyed(head: Mapping[str, Any]) -> bool:
    """Tell by an answer to HEAD whether an object is encrypted with a KMS key."""
    return str(head.get("ServerSideEncryption", "")).startswith("aws:kms")
