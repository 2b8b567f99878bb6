"""The objects that viewers fetch, and what each of them should be."""

from __future__ import annotations

import hashlib
import threading
import time
from enum import StrEnum

from s3_failover.config import Site
from s3_failover.local import s3
from s3_failover.local.handle import Emulator


class Outcome(StrEnum):
    """What a viewer got."""

    OK = "ok"
    STALE = "stale"
    MISSING = "missing"
    WRONG = "wrong"
    FAILED = "failed"


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


def _put(site: Site, emulator: Emulator, catalogue: Catalogue, name: str, text: str) -> None:
    # Where only some prefixes are copied, below one of them: viewers have no use for the rest in an outage.
    key = f"{next(iter(site.replication.prefixes), '')}{name}"
    bucket = site.names(emulator.account).primary
    client = s3.client(emulator, site.primary_region)
    client.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="text/plain; charset=utf-8")
    catalogue.record(key, text.encode())
