"""An S3 client for the embedded AWS that no profile, proxy or credential of the person can lead elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config

from s3_failover.local import surroundings
from s3_failover.local.handle import Emulator

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def client(emulator: Emulator, region: str) -> S3Client:
    """Return an S3 client for a region of the embedded AWS; safe to share between threads."""
    session = boto3.session.Session(botocore_session=botocore.session.Session(session_vars=_NO_FILES))
    return session.client(
        "s3",
        region_name=region,
        endpoint_url=emulator.endpoint,
        aws_access_key_id=emulator.account,
        aws_secret_access_key=surroundings.SECRET,
        config=Config(
            proxies={},
            max_pool_connections=16,
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard"},
            s3={"addressing_style": "path"},
        ),
    )
