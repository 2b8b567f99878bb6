"""What a restore would change: each key as it was at a moment, beside what it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from s3_failover.errors import UserError
from s3_failover.operations.attributes import CHECKSUMS, COMPARED
from s3_failover.operations.listing import ListedObject, histories
from s3_failover.operations.refusals import code, explained, require_signed_in
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import counted, spread

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class KeyChange(NamedTuple):
    """A key with another version than the one that was current at the moment, or a delete marker."""

    then: ListedObject
    """The version that becomes current again."""
    now: ListedObject

    @property
    def key(self) -> str:
        """The key."""
        return self.then.key


@dataclass
class Plan:
    """What would be changed, and what not."""

    changes: list[KeyChange] = field(default_factory=list)
    """Keys whose version becomes current again, in order."""
    deletes: list[str] = field(default_factory=list)
    """Keys that did not exist at the moment and are deleted."""
    created: int = 0
    """Keys that did not exist at the moment and are left alone."""
    done: dict[str, str | None] = field(default_factory=dict)
    """Keys that were changed after the moment and are as they were again, as an earlier run leaves them, with their
    version; None for what is deleted."""
    gone: list[str] = field(default_factory=list)
    """Keys that were changed after the moment and whose version of then is not kept, as far as that can be told."""
    unchanged: int = 0
    """Keys that were not changed after the moment."""
    keys: int = 0
    """All keys, deleted ones too."""
    unasked: str = ""
    """Why CloudFront's part will be owed; empty if it will not."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """By region of another copy, why it does not answer: it will not be waited for."""

    @property
    def bytes(self) -> int:
        """How much is copied."""
        return sum(change.then.size for change in self.changes)


@dataclass(frozen=True)
class RestoreScope:
    """What to bring back.

    Without `exact`, what was created after `before` is left alone. `kept` is how long versions are kept after they were
    replaced, None if that is not known; `keyed` is whether objects may be under KMS keys, where ETags do not tell.
    """

    before: datetime
    prefix: str = ""
    exact: bool = False
    kept: timedelta | None = None
    keyed: bool = False
    leaves: frozenset[str] = frozenset()
    """Keys that are not touched."""

    def plan(self, client: S3Client, bucket: str, now: datetime, *, say: Callable[[str], None]) -> Plan:
        """List all versions and return what is to be done; changes nothing.

        Raises:
            UserError: the bucket cannot be listed, no key begins with the prefix, or none existed at the moment.
        """
        plan, alike = Plan(), list[KeyChange]()
        oldest: datetime | None = None
        for history in histories(client, bucket, prefix=self.prefix):
            if history[0].key in self.leaves:
                continue
            plan.keys += 1
            first = history[-1].modified
            oldest = first if oldest is None or first < oldest else oldest
            self._sort(history, plan, alike, now)
        self._require_some(bucket, oldest)
        self._settle(client, bucket, plan, alike, say)
        return plan

    def _sort(self, history: list[ListedObject], plan: Plan, alike: list[KeyChange], now: datetime) -> None:
        latest = history[0]
        then = next((entry for entry in history if entry.modified < self.before), None)
        if then is latest:
            plan.unchanged += 1
        elif then is not None and not then.deleted:
            change = KeyChange(then, latest)
            (alike if self._may_be_alike(change) else plan.changes).append(change)
        elif then is None and self._was_lost(history[-1], now):
            plan.gone.append(latest.key)
        elif not self.exact:
            plan.created += not latest.deleted
        elif latest.deleted:
            plan.done[latest.key] = None
        else:
            plan.deletes.append(latest.key)

    def _may_be_alike(self, change: KeyChange) -> bool:
        then, latest = change
        return then.size == latest.size and (then.etag == latest.etag or self.keyed)

    def _was_lost(self, first: ListedObject, now: datetime) -> bool:
        """Tell by the oldest entry that is kept whether there was one before: a marker is of an object."""
        return first.deleted or (self.kept is not None and first.modified + self.kept <= now)

    def _require_some(self, bucket: str, oldest: datetime | None) -> None:
        below = f" that begins with {shown(self.prefix)}" if self.prefix else ""
        if oldest is None:
            raise UserError(f"{bucket} has no key{below}, and no version of one: is PREFIX spelled as keys are?")
        if oldest >= self.before:
            raise UserError(
                f"{bucket} had no key{below} before {utc(self.before)}: the oldest version that is kept was written at "
                f"{utc(oldest)}; choose a later time"
            )

    def _settle(
        self, client: S3Client, bucket: str, plan: Plan, alike: list[KeyChange], say: Callable[[str], None]
    ) -> None:
        """Tell by what HEAD says which changes are none: an earlier run made them, or the same was written again."""

        def look(change: KeyChange) -> tuple[KeyChange, bool]:
            return change, _is_same(*(_head(client, bucket, version) for version in change))

        for change, is_same in counted(spread(look, alike), len(alike), "compared", say):
            if is_same:
                plan.done[change.key] = change.now.version_id
            else:
                plan.changes.append(change)
        plan.changes.sort(key=lambda change: change.key)


def utc(moment: datetime) -> str:
    """Return a moment as messages have it, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def first(changes: Iterable[KeyChange], number: int) -> Iterator[str]:
    """Yield the first keys in words."""
    for change, _ in zip(changes, range(number), strict=False):
        what = "was deleted" if change.now.deleted else "was overwritten"
        yield f"{shown(change.key)} ({what} at {utc(change.now.modified)})"


def _is_same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Tell by two answers to HEAD whether the second object is a copy of the first."""
    if not (ours and theirs):
        return False
    same_sum = any(name in ours and ours[name] == theirs.get(name) for name in CHECKSUMS)
    named = (*COMPARED, "TagCount", "StorageClass")
    return (same_sum or ours["ETag"] == theirs["ETag"]) and all(ours.get(each) == theirs.get(each) for each in named)


def _head(client: S3Client, bucket: str, version: ListedObject) -> Mapping[str, Any]:
    """Return what S3 says of a version; nothing where it is gone meanwhile, or has a customer's key."""
    where: Any = {"Bucket": bucket, "Key": version.key, "VersionId": version.version_id}
    with explained(f"look at {shown(version.key)} in {bucket}"):
        try:
            return client.head_object(**where, ChecksumMode="ENABLED")
        except ClientError as error:
            if code(error) not in {"400", "404", "NoSuchVersion"}:
                raise
            if code(error) == "400":
                require_signed_in(client, **where)
            return {}
