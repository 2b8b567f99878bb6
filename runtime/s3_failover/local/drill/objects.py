"""The objects that viewers fetch, and what each of them should be."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING

from s3_failover.config import Site
from s3_failover.drill.visits import Outcome
from s3_failover.errors import UserError
from s3_failover.local import s3
from s3_failover.local.handle import Emulator

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Catalogue:
    """Every object of a site that a drill published, with the digests of all its versions, the newest last."""

    def __init__(self) -> None:
        self._versions: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def record(self, key: str, body: bytes) -> None:
        """Note that this body is now the object's content."""
        with self._lock:
            self._versions.setdefault(key, []).append(hashlib.sha256(body).hexdigest())

    @property
    def keys(self) -> list[str]:
        """The keys, sorted."""
        with self._lock:
            return sorted(self._versions)

    def is_newest(self, key: str, body: bytes) -> bool:
        """Tell whether a body is the object's content as it was published last."""
        return hashlib.sha256(body).hexdigest() == self._versions[key][-1]

    def judge(self, key: str, status: int, body: bytes, *, listed: bool) -> Outcome:
        """Return what an answer for a key is worth.

        Args:
            key: what was asked for.
            status: the HTTP status.
            body: the bytes.
            listed: whether the leg may list the bucket: then 404 says missing; else S3 says 403 for that.
        """
        if status == 200:
            digest = hashlib.sha256(body).hexdigest()
            *old, newest = self._versions[key]
            return Outcome.OK if digest == newest else Outcome.STALE if digest in old else Outcome.WRONG
        # Only what was published last can be missing.
        if status == (404 if listed else 403) and NEW in key:
            return Outcome.MISSING
        return Outcome.FAILED


NEW = "drill/new-"
CHANGED = "drill/changed-"
OLD = "drill/old-"


def publish_settled(site: Site, emulator: Emulator, catalogue: Catalogue) -> None:
    """Publish what every copy holds when an outage begins."""
    for prefix, count in ((OLD, 6), (CHANGED, 2)):
        for number in range(count):
            _put(site, emulator, catalogue, f"{prefix}{number}.txt", f"{prefix} {number}, first version\n" * 50)


def publish_last(site: Site, emulator: Emulator, catalogue: Catalogue) -> None:
    """Publish what a lagging replica does not hold yet: new objects and new versions of old ones."""
    # Never published before, by no earlier drill either.
    token = f"{time.time_ns():x}"
    for number in range(2):
        _put(site, emulator, catalogue, f"{NEW}{token}-{number}.txt", f"{NEW} {number}\n" * 50)
        _put(site, emulator, catalogue, f"{CHANGED}{number}.txt", f"{CHANGED} {number}, second version\n" * 50)


def wait_until_copied(site: Site, emulator: Emulator, catalogue: Catalogue, *, timeout: float = 30.0) -> None:
    """Wait until the first replica holds the newest version of every object, for at most `timeout` real seconds.

    Raises:
        UserError: it does not.
    """
    region = site.replica_regions[0]
    client, bucket = s3.client(emulator, region), site.names(emulator.account).replica(region)
    end = time.monotonic() + timeout
    late = catalogue.keys
    while late := [key for key in late if not catalogue.is_newest(key, _body(client, bucket, key))]:
        if time.monotonic() > end:
            raise UserError(
                f"{late[0]} is not in {bucket} ({region}) after {timeout:g} seconds: look at the replication"
            )
        time.sleep(0.05)


def _body(client: S3Client, bucket: str, key: str) -> bytes:
    try:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except client.exceptions.NoSuchKey:
        return b""


def _put(site: Site, emulator: Emulator, catalogue: Catalogue, name: str, text: str) -> None:
    # Where only some prefixes are copied, below one of them: viewers have no use for the rest in an outage.
    key = f"{next(iter(site.replication.prefixes), '')}{name}"
    bucket = site.names(emulator.account).primary
    client = s3.client(emulator, site.primary_region)
    client.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="text/plain; charset=utf-8")
    catalogue.record(key, text.encode())
