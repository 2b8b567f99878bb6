"""The objects that viewers fetch, and what each of them should be."""

import hashlib
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from s3_failover.config import Site
from s3_failover.drill.visits import VisitOutcome
from s3_failover.operations.account import Account
from s3_failover.operations.publish import Publication, PublishOptions

_REPLICA_SECONDS = 30.0
"""How long a replica has, by the wall clock."""


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

    def judge(self, key: str, status: int, body: bytes, *, listed: bool) -> VisitOutcome:
        """Return what an answer for a key is worth.

        `listed` is whether the leg may list the bucket: then 404 says missing; else S3 says 403 for that.
        """
        if status == 200:
            digest = hashlib.sha256(body).hexdigest()
            *old, newest = self._versions[key]
            return VisitOutcome.OK if digest == newest else VisitOutcome.STALE if digest in old else VisitOutcome.WRONG
        # Only what was published last can be missing.
        if status == (404 if listed else 403) and NEW in key:
            return VisitOutcome.MISSING
        return VisitOutcome.FAILED


NEW = "drill/new-"
CHANGED = "drill/changed-"
OLD = "drill/old-"


def publish_settled(site: Site, account: Account, catalogue: Catalogue) -> None:
    """Publish what every copy holds when an outage begins."""
    names = [(prefix, number) for prefix, count in ((OLD, 6), (CHANGED, 2)) for number in range(count)]
    texts = {f"{prefix}{number}.txt": f"{prefix} {number}, first version\n" * 50 for prefix, number in names}
    _publish(site, account, catalogue, texts, replica_seconds=0)


def publish_last(site: Site, account: Account, catalogue: Catalogue, *, copied: bool) -> None:
    """Publish what a lagging replica does not hold yet: new objects and new versions of old ones.

    `copied` is whether to wait until every replica has all of it.
    """
    # Never published before, by no earlier drill either.
    token = f"{time.time_ns():x}"
    texts = {}
    for number in range(2):
        texts[f"{NEW}{token}-{number}.txt"] = f"{NEW} {number}\n" * 50
        texts[f"{CHANGED}{number}.txt"] = f"{CHANGED} {number}, second version\n" * 50
    _publish(site, account, catalogue, texts, replica_seconds=_REPLICA_SECONDS if copied else 0)


def _publish(
    site: Site, account: Account, catalogue: Catalogue, texts: Mapping[str, str], *, replica_seconds: float
) -> None:
    # Where only some prefixes are copied, below one of them: viewers have no use for the rest in an outage.
    prefix = next(iter(site.replication.prefixes), "")
    options = PublishOptions(replica_seconds=replica_seconds, invalidation_seconds=0, compare=False)
    with tempfile.TemporaryDirectory(prefix="s3-failover-drill-") as folder:
        for name, text in texts.items():
            path = Path(folder, f"{prefix}{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            catalogue.record(f"{prefix}{name}", text.encode())
        publication = Publication(site, account, options)
        publication.run(publication.changes(Path(folder)), say=lambda _line: None)
