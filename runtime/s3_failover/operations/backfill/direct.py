"""Objects copied onto themselves in the primary: each gets a new version, which the replication rules carry everywhere.

Why there and not to the replicas is in docs/adr/0025-backfill.md.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from s3_failover.client.net.checksums import ALGORITHMS
from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.result import CopyFailure, Done
from s3_failover.operations.backfill.work import WorkItem, WorkItems
from s3_failover.operations.refusals import code, explained, found_or_none, require_signed_in
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import counted, spread
from s3_failover.operations.storage import is_keyed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST = 5 * 1000**3
"""Bytes that CopyObject copies at most (S3 API, CopyObject: 5 GB); what is larger is copied in parts."""

PART = 512 * 1024**2
"""Bytes of a part; more where there would be over 10,000 (S3 User Guide, qfacts)."""

KEPT = (
    "ContentType",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "Expires",
    "Metadata",
    "WebsiteRedirectLocation",
    "StorageClass",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
)
"""What HeadObject says and a copy must be told, or it would get defaults (S3 API, CopyObject)."""


class CopyOutcome(StrEnum):
    """The outcome for an object."""

    COPIED = "copied"
    """It has a new version."""
    CHANGED = "changed"
    """It is no longer the version that was compared: written, deleted or copied since. Nothing was done."""
    ARCHIVED = "archived"
    """It is in an archive class, or encrypted with a customer's key, so S3 cannot copy it."""
    UNRULED = "unruled"
    """No replication rule would carry a new version of it. Nothing was done."""


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
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def run(self, items: Iterable[WorkItem]) -> Iterator[Copied]:
        """Copy objects, some dozens side by side, and return what became of each, in no order.

        Ended at any point, it leaves each object as it was or with a new version, and never half of one.

        Raises:
            UserError: AWS refuses, for a reason that is not the object's own.
        """
        self._ended.clear()
        yield from spread(self._copied, items, end=self._ended.set)

    def _copied(self, item: WorkItem) -> Copied:
        with explained(f"copy {shown(item.key)} onto itself in {self.bucket}"):
            try:
                return self._copy(item)
            except ClientError as error:
                if code(error) == "400":
                    require_signed_in(self.client, Bucket=self.bucket, Key=item.key)
                return Copied(item.key, _outcome(error))

    def _copy(self, item: WorkItem) -> Copied:
        head: Mapping[str, Any] = self.client.head_object(Bucket=self.bucket, Key=item.key, ChecksumMode="ENABLED")
        if head.get("VersionId", "null") != item.version_id:
            return Copied(item.key, CopyOutcome.CHANGED)
        if not self.keyed and is_keyed(head):
            return Copied(item.key, CopyOutcome.UNRULED)
        # Conditional: after another write in between, the copy would bury the newer content.
        target = {"Bucket": self.bucket, "Key": item.key, **_kept(head)}
        if head["ContentLength"] > LARGEST:
            version = self._in_parts(item, head, target)
        else:
            answer: Any = self.client.copy_object(
                **target,
                CopySource=self._source(item),
                MetadataDirective="REPLACE",
                TaggingDirective="COPY",
                IfMatch=head["ETag"],
            )
            version = answer["VersionId"]
        return Copied(item.key, CopyOutcome.COPIED, version, head["ContentLength"])

    def _source(self, item: WorkItem) -> Any:
        return {"Bucket": self.bucket, "Key": item.key, "VersionId": item.version_id}

    def _in_parts(self, item: WorkItem, head: Mapping[str, Any], target: dict[str, Any]) -> str:
        where: Any = {"Bucket": self.bucket, "Key": item.key}
        tags = self.client.get_object_tagging(**where, VersionId=item.version_id)["TagSet"]
        tagging = {"Tagging": _tagging(tags)} if tags else {}
        # The others have one kind each when it comes in parts, be it another than now (S3 User Guide, checksums).
        has_kinds = target.get("ChecksumAlgorithm") in {"CRC32", "CRC32C"}
        kind: Any = {"ChecksumType": head["ChecksumType"]} if has_kinds else {}
        options: Any = {**target, **tagging, **kind}
        upload = self.client.create_multipart_upload(**options)
        where["UploadId"] = upload["UploadId"]
        try:
            parts = [self._part(item, where, *part) for part in _parts(head["ContentLength"])]
            done = self.client.complete_multipart_upload(
                **where, MultipartUpload={"Parts": parts}, IfMatch=head["ETag"], **kind
            )
        except BaseException:
            self.client.abort_multipart_upload(**where)
            raise
        return done["VersionId"]

    def _part(self, item: WorkItem, where: Any, number: int, begin: int, end: int) -> Any:
        if self._ended.is_set():
            raise UserError("interrupted")
        answer = self.client.upload_part_copy(
            **where, PartNumber=number, CopySource=self._source(item), CopySourceRange=f"bytes={begin}-{end}"
        )
        result = answer["CopyPartResult"]
        sums = {name: value for name, value in result.items() if name.startswith("Checksum")}
        return {"PartNumber": number, "ETag": result["ETag"], **sums}


def _kept(head: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: head[name] for name in KEPT if name in head}
    if kept.get("ServerSideEncryption") == "AES256":
        kept.pop("BucketKeyEnabled", None)
    if (until := kept.get("ObjectLockRetainUntilDate")) and until <= datetime.now(UTC):
        # It is over, and S3 takes no date in the past.
        del kept["ObjectLockRetainUntilDate"], kept["ObjectLockMode"]
    algorithm = next((name for name in ALGORITHMS if f"Checksum{name}" in head), None)
    return kept | ({"ChecksumAlgorithm": algorithm} if algorithm else {})


def _tagging(tags: Iterable[Any]) -> str:
    return urlencode({tag["Key"]: tag["Value"] for tag in tags})


def _parts(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, first and last byte of each part."""
    part = max(PART, -(-size // 10_000))
    for number, begin in enumerate(range(0, size, part), start=1):
        yield number, begin, min(begin + part, size) - 1


def _outcome(error: ClientError) -> CopyOutcome:
    what = code(error)
    if what in {"404", "NoSuchKey", "NoSuchVersion", "PreconditionFailed", "412", "ConditionalRequestConflict", "409"}:
        return CopyOutcome.CHANGED
    # HEAD of an object with a customer's key is a bare 400.
    if what in {"InvalidObjectState", "ObjectNotInActiveTierError", "400"}:
        return CopyOutcome.ARCHIVED
    raise error


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
    rules = _rules(client, names.primary)
    _require_rules(rules, names.primary, [names.replica(region) for region in regions])
    copy = InPlace(client, names.primary, keyed=any(map(_carries_keyed, rules)))
    outcomes: Counter[CopyOutcome] = Counter()
    versions: dict[str, str] = {}
    examples: dict[CopyOutcome, str] = {}
    for done in counted(copy.run(items), len(items), "copied", say):
        outcomes[done.outcome] += 1
        if done.outcome is CopyOutcome.COPIED:
            versions[done.key] = done.version_id
        examples[done.outcome] = done.key
    lost = _awaited(copy, versions, seconds, say) if seconds else []
    own = [CopyFailure(_REASONS[each], outcomes[each], examples.get(each, "")) for each in _REASONS]
    failed = [*own, *lost]
    succeeded = len(versions) - sum(each.count for each in lost)
    return Done(succeeded, outcomes[CopyOutcome.CHANGED], [each for each in failed if each.count])


_REASONS = {
    CopyOutcome.ARCHIVED: "archived or encrypted with a customer's key",
    CopyOutcome.UNRULED: (
        "encrypted with a KMS key, which no replication rule carries: store it without, or set encryption"
    ),
}
"""Why an object cannot be brought to the replicas at all."""


def _rules(client: S3Client, bucket: str) -> list[Any]:
    """Return the enabled replication rules of a bucket."""
    with explained(f"read the replication rules of {bucket}"):
        found = found_or_none(
            lambda: client.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"],
            "ReplicationConfigurationNotFoundError",
        )
    return [rule for rule in found or () if rule["Status"] == "Enabled"]


def _require_rules(rules: Iterable[Any], bucket: str, replicas: Iterable[str]) -> None:
    reached = {rule["Destination"]["Bucket"].split(":::")[-1] for rule in rules}
    if missing := [replica for replica in replicas if replica not in reached]:
        raise UserError(
            f"{bucket} has no enabled replication rule to {', '.join(missing)}: nothing would be copied there; "
            "deploy the site, or see what `s3-failover doctor` says"
        )


def _carries_keyed(rule: Any) -> bool:
    chosen = rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status")
    return bool(chosen == "Enabled")


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
