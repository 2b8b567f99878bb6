"""Publishes a directory to a site's primary bucket and waits until every replica has it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.local import s3
from s3_failover.local.handle import Emulator
from s3_failover.operations.media_types import content_type

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THREADS = 8


@dataclass(frozen=True)
class Published:
    """One object as it was uploaded.

    Attributes:
        key: the path below the directory, with slashes.
        path: the file.
        size: bytes.
        sha256: of the content, in hexadecimal.
        etag: what S3 answered; a replica has the same.
    """

    key: str
    path: Path
    size: int
    sha256: str
    etag: str


def publish(directory: Path, site: Site, emulator: Emulator) -> list[Published]:
    """Upload every file of a directory to the site's primary bucket, in the order of their keys.

    Raises:
        UserError: the directory is missing or empty, a file would overwrite the health object, or an upload failed.
    """
    files = content(directory, site)
    bucket = site.names(emulator.account).primary
    client = s3.client(emulator, site.primary_region)
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda file: _upload(client, bucket, *file), files))


def content(directory: Path, site: Site) -> list[tuple[str, Path]]:
    """Return the key and the path of every file that a directory would publish.

    Raises:
        UserError: as for `publish`.
    """
    files = sorted((path.relative_to(directory).as_posix(), path) for path in directory.rglob("*") if path.is_file())
    if not files:
        raise UserError(f"nothing to publish in {directory}, expected a directory with at least one file")
    if any(key == site.health_key for key, _ in files):
        message = f"{directory} holds {site.health_key}, the health object of sites.{site.name}"
        raise UserError(f"{message}: the deployment makes it; remove the file or set another health_key")
    return files


def wait_for_replicas(
    objects: Sequence[Published], site: Site, emulator: Emulator, *, timeout: float = 60.0
) -> dict[str, float]:
    """Return, for each replica region, the seconds until it held all objects.

    Raises:
        UserError: a region had not got all of them after `timeout` seconds; names the first missing ones.
    """
    wait = _Wait(objects, site, emulator, timeout, time.monotonic())
    return {region: wait.until_in(region) for region in site.replica_regions}


def _upload(client: S3Client, bucket: str, key: str, path: Path) -> Published:
    body = path.read_bytes()
    try:
        answer = client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type(key))
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot publish {key} to {bucket}: {error}; is the site deployed?") from error
    return Published(key, path, len(body), hashlib.sha256(body).hexdigest(), answer["ETag"])


@dataclass(frozen=True)
class _Wait:
    objects: Sequence[Published]
    site: Site
    emulator: Emulator
    timeout: float
    begin: float

    def until_in(self, region: str) -> float:
        client = s3.client(self.emulator, region, self.site.replica_account)
        bucket = self.site.names(self.emulator.account).replica(region)
        missing = [item for item in self.objects if self.site.copies(item.key)]
        while missing := [item for item in missing if not self._is_there(client, bucket, item)]:
            if time.monotonic() - self.begin > self.timeout:
                raise UserError(self._late(missing, f"{bucket} ({region})"))
            time.sleep(0.1)
        return time.monotonic() - self.begin

    def _is_there(self, client: S3Client, bucket: str, item: Published) -> bool:
        head = _head(client, bucket, item.key)
        # Only S3's own replication keeps a status.
        replicated = not self.site.versioned or head.get("ReplicationStatus") == "REPLICA"
        return replicated and head.get("ETag") == item.etag

    def _late(self, missing: Sequence[Published], bucket: str) -> str:
        names = ", ".join(item.key for item in missing[:3])
        count = f"{len(missing)} of {len(self.objects)} objects"
        return f"{count} are not in {bucket} after {self.timeout:g} seconds: {names}; look at the primary's replication"


def _head(client: S3Client, bucket: str, key: str) -> Mapping[str, Any]:
    try:
        return client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return {}
        raise UserError(f"cannot look for {key} in {bucket}: {error}") from error
    except BotoCoreError as error:
        raise UserError(f"cannot look for {key} in {bucket}: {error}") from error
