"""What `restore` prints."""

from __future__ import annotations

from enum import StrEnum

from s3_failover.operations.backfill.result import CopyFailure
from s3_failover.operations.restore.plan import KeyChange, Plan
from s3_failover.operations.restore.restoration import Restoration, Restored
from s3_failover.results import Moment, Result, part


class Event(StrEnum):
    """What was done to a key after the moment."""

    DELETED = "deleted"
    OVERWRITTEN = "overwritten"


@part
class RestoredKey:
    """A key whose version of the moment is, or with --dry-run would be, current again."""

    key: str
    event: Event
    """What had been done to it: deleted or overwritten."""
    at: Moment
    """When that was done last."""
    bytes: int
    version_id: str
    """The version of the moment, which was copied."""


class RestoreResult(Result):
    """What `restore` did or, with --dry-run, would do."""

    site: str
    region: str
    """The region whose copy was written."""
    before: Moment
    prefix: str
    dry_run: bool
    restores: tuple[RestoredKey, ...]
    deletes: tuple[str, ...]
    """With --exact, the keys that did not exist at the moment."""
    created: int
    """Without --exact, how many keys did not exist at the moment and were left alone."""
    already: int
    """How many keys were changed after the moment and are as they were again, as by an earlier run."""
    unchanged: int
    bytes: int
    gone: tuple[str, ...]
    """Keys that were changed after the moment and of which no version of then is kept."""
    changed: int
    """How many keys were written or deleted while the command ran, and were left: run it again."""
    failed: tuple[CopyFailure, ...]
    """Those that S3 cannot copy, by reason."""
    replicated: dict[str, float]
    """By region of another copy, the seconds until it had all of it."""
    not_looked_at: dict[str, str]
    """By region of another copy, why it does not answer; it was not waited for."""
    invalidated: tuple[str, ...]
    """The paths that the CDN dropped."""
    proof: dict[str, str]
    """By leg, why it does not answer with what was restored; empty if it does."""
    not_read_back: dict[str, str]
    """By leg, why it could not be asked from here."""
    owed: str
    """What of CloudFront's part is not done because it cannot be asked; the next run does it. Empty if nothing is."""

    @classmethod
    def of(cls, restoration: Restoration, plan: Plan, done: Restored | None) -> RestoreResult:
        """Return what was done; None for what was not done, because of --dry-run."""
        did, options = done or Restored(owed=plan.unasked), restoration.options
        changes = plan.changes if done is None else [each for each in plan.changes if each.key in done.versions]
        return cls(
            site=restoration.site.name,
            region=restoration.region,
            before=options.before,
            prefix=options.prefix,
            dry_run=done is None,
            restores=tuple(map(_restored, changes)),
            deletes=tuple(plan.deletes),
            created=plan.created,
            already=len(plan.done),
            unchanged=plan.unchanged,
            bytes=sum(change.then.size for change in changes),
            gone=tuple(plan.gone),
            changed=did.changed,
            failed=did.failed,
            replicated=dict(did.replicated),
            not_looked_at=dict(plan.unseen),
            invalidated=did.invalidated,
            proof=dict(did.seen.proof),
            not_read_back=dict(did.seen.unseen),
            owed=did.owed,
        )


def _restored(change: KeyChange) -> RestoredKey:
    event = Event.DELETED if change.now.deleted else Event.OVERWRITTEN
    return RestoredKey(
        key=change.key,
        event=event,
        at=change.now.modified,
        bytes=change.then.size,
        version_id=change.then.version_id,
    )
