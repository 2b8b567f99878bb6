"""An S3 client for the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakable_aws import aws
from breakable_aws.handle import Emulator

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def client(emulator: Emulator, region: str, account: str | None = None) -> S3Client:
    """Return an S3 client for a region of the embedded AWS; safe to share between threads.

    Args:
        emulator: the embedded AWS.
        region: the region.
        account: whose credentials it has; by default the emulator's own.
    """
    found: S3Client = aws.client_at(emulator.endpoint, account or emulator.account, emulator.secret, "s3", region)
    return found
