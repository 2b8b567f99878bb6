"""An S3 client for the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3_failover.local import aws
from s3_failover.local.handle import Emulator

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def client(emulator: Emulator, region: str) -> S3Client:
    """Return an S3 client for a region of the embedded AWS; safe to share between threads."""
    found: S3Client = aws.client(emulator, "s3", region)
    return found
