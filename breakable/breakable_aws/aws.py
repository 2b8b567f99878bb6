"""Clients for the embedded AWS that no profile, proxy or credential of the user can lead elsewhere."""

import functools
import os
import re
import threading
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from breakable_aws import secret
from breakable_aws.handle import Emulator

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
# A session builds one client at a time; the clients themselves are safe to share between threads.
_building = threading.Lock()


def client(emulator: Emulator, service: str, region: str) -> Any:
    """Return a client for a service in a region of the embedded AWS; made once, and safe to share between threads."""
    return client_at(emulator.endpoint, emulator.account, emulator.secret, service, region)


def client_at(endpoint: str, account: str, secret_key: str, service: str, region: str) -> Any:
    """Return a client as `client` does, for a caller that knows only the endpoint, an account and the run's secret."""
    with _building:
        return _client(endpoint, account, secret_key, service, region)


@functools.cache
def _client(endpoint: str, account: str, secret_key: str, service: str, region: str) -> Any:
    made = _session().client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account,
        aws_secret_access_key=secret_key,
        aws_session_token=secret.session_token(secret_key),
        config=Config(
            proxies={},
            max_pool_connections=16,
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard"},
            s3={"addressing_style": "path"},
        ),
    )
    made.meta.events.register("before-sign.s3-control", without_account)
    return made


@functools.cache
def _session() -> Any:
    # One for all clients: it reads the description of a service once.
    return boto3.session.Session(botocore_session=botocore.session.Session(session_vars=_NO_FILES))


def without_account(request: Any, **_: Any) -> None:
    """Lead a request for S3 Control to the endpoint itself, in front of whose address the SDK puts the account."""
    request.url = re.sub(r"^(https?://)\d{12}\.", r"\1", request.url)
