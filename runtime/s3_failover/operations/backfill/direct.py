"""Objects copied onto themselves in the primary: each gets a new version, which the replication rules carry everywhere.

Why there and not to the replicas is in docs/adr/0025-backfill.md.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.operations import rules
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.result import CopyFailure, Done
from s3_failover.operations.backfill.work import WorkItem, WorkItems
from s3_failover.operations.copying import REASONS, CopyOutcome, Version, VersionCopier, outcome
from s3_failover.operations.refusals import code, explained, require_signed_in
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import counted, spread
from s3_failover.operations.storage import is_keyed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Copied(NamedTuple):
    """The outcome for one object."""

    key: str
    outcome: CopyOutcome
    version_id: str = ""
    size: int = 0


@dataclass(frozen=True)
class InPlace:
    """Copies objects of a bucket onto themselves.

    `keyed` is whether the replication rules carry what is encrypted with a KMS key; the bucket has versioning.
    """

    client: S3Client
    bucket: str
    keyed: bool = True

    @functools.cached_property
    def _copier(self) -> VersionCopier:
        return VersionCopier(self.client, self.bucket)

    def run(self, items: Iterable[WorkItem]) -> Iterator[Copied]:
        """Copy objects, some dozens side by side, and return what became of each, in no order.

        Ended at any point, it leaves each object as it was or with a new version, and never half of one.

        Raises:
            UserError: AWS refuses, for a reason that is not the object's own.
        """
        self._copier.begin()
        yield from spread(self._copied, items, end=self._copier.end)

    def _copied(self, item: WorkItem) -> Copied:
        with explained(f"copy {shown(item.key)} onto itself in {self.bucket}"):
            try:
                return self._copy(item)
            except ClientError as error:
                if code(error) == "400":
                    require_signed_in(self.client, Bucket=self.bucket, Key=item.key)
                return Copied(item.key, outcome(error))

    def _copy(self, item: WorkItem) -> Copied:
        head: Mapping[str, Any] = self.client.head_object(Bucket=self.bucket, Key=item.key, ChecksumMode="ENABLED")
        if head.get("VersionId", "null") != item.version_id:
            return Copied(item.key, CopyOutcome.CHANGED)
        if not self.keyed and is_keyed(head):
            return Copied(item.key, CopyOutcome.UNRULED)
        version = self._copier.copy(Version(item.key, item.version_id, head), IfMatch=head["ETag"])
        return Copied(item.key, CopyOutcome.COPIED, version, head["ContentLength"])


def replicate(
    site: Site,
    account: Account,
    items: WorkItems,
    *,
    regions: Iterable[str],
    seconds: float,
    say: Callable[[str], None],
) -> Done:
    """Give objects new versions, and wait until these are in every replica.

    `regions` are the replicas that lack something, to each of which a rule must lead. With 0 seconds it does not wait.

    Raises:
        UserError: there is no enabled rule to a replica, or AWS refuses; what was done stays, and running it again does
            the rest.
    """
    names = site.names(account.id)
    client: S3Client = account.client("s3", site.primary_region)
    found = rules.enabled(client, names.primary)
    rules.require(found, names.primary, [names.replica(region) for region in regions])
    copy = InPlace(client, names.primary, keyed=rules.carry_keyed(found))
    outcomes: Counter[CopyOutcome] = Counter()
    versions: dict[str, str] = {}
    examples: dict[CopyOutcome, str] = {}
    for done in counted(copy.run(items), len(items), "copied", say):
        outcomes[done.outcome] += 1
        if done.outcome is CopyOutcome.COPIED:
            versions[done.key] = done.version_id
        examples[done.outcome] = done.key
    lost = _awaited(copy, versions, seconds, say) if seconds else []
    own = [CopyFailure(REASONS[each], outcomes[each], examples.get(each, "")) for each in REASONS]
    failed = [*own, *lost]
    succeeded = len(versions) - sum(each.count for each in lost)
    return Done(succeeded, outcomes[CopyOutcome.CHANGED], [each for each in failed if each.count])


def _awaited(
    copy: InPlace, versions: Mapping[str, str], seconds: float, say: Callable[[str], None]
) -> list[CopyFailure]:
    """Wait until new versions are in every replica; return those that failed or are late.

    The source's status is COMPLETED when all replicas have the version. It has none where no rule selects the version:
    that is never copied (S3 User Guide, replication-status).
    """

    def status(entry: tuple[str, str]) -> tuple[str, str]:
        key, version = entry
        with explained(f"look at {shown(key)} in {copy.bucket}"):
            head = copy.client.head_object(Bucket=copy.bucket, Key=key, VersionId=version)
        return key, str(head.get("ReplicationStatus", ""))

    left, end = dict(versions), time.monotonic() + seconds
    failed = {status: CopyFailure(reason, 0, "") for status, reason in _LOST.items()}
    for pause in itertools.chain((0.1, 0.2, 0.5, 1, 2), itertools.repeat(5)):
        for key, found in spread(status, list(left.items())):
            if found != "PENDING":
                del left[key]
            if found in failed:
                failed[found] = replace(failed[found], count=failed[found].count + 1, example=key)
        if not left or time.monotonic() > end:
            break
        say(f"  {len(versions) - len(left):,} of {len(versions):,} replicated")
        time.sleep(pause)
    return [*failed.values(), CopyFailure("not replicated yet", len(left), next(iter(left), ""))]


_LOST = {
    "FAILED": "replication FAILED: see `s3-failover doctor`",
    "": "no replication rule selects it: look at its prefix and its encryption",
}
"""Why a new version does not reach a replica, by its replication status."""
