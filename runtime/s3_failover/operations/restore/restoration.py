"""Makes the versions that were current at a moment current again, on every copy.

A version is copied onto its key in the copy that is written: that is a new version, which replication carries. Taking
away delete markers would not be: deletes of a version id are not replicated (S3 User Guide, how delete operations
affect replication), and nothing that was written would be kept. Safe to interrupt and to repeat: what is as it was is
found by its content, waited for and invalidated again, and not copied.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.names.site import PREFIX
from s3_failover.operations import rules
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.result import CopyFailure
from s3_failover.operations.cdn import Cdn
from s3_failover.operations.copying import REASONS, CopyOutcome, Version, VersionCopier, outcome
from s3_failover.operations.invalidation import Invalidating, cdn_of
from s3_failover.operations.publish import require_copied
from s3_failover.operations.read_back import ExpectedObject, ReadBack, read_back
from s3_failover.operations.refusals import UnavailableError, code, explained, require_signed_in
from s3_failover.operations.removal import remove
from s3_failover.operations.restore.plan import KeyChange, Plan, RestoreScope, utc
from s3_failover.operations.shown import shown
from s3_failover.operations.spread import counted, spread
from s3_failover.operations.storage import is_keyed
from s3_failover.operations.together import Later, together
from s3_failover.operations.waiting import ReplicationWait

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFERENCE = f"{PREFIX}restore-"
"""What the references of our invalidations begin with; `publish` does not take them for its own."""

_TRIED = 10
"""Objects that are looked at for one to read back."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class RestoreOptions:
    """How to restore."""

    before: datetime
    """The moment whose versions become current again."""
    prefix: str = ""
    """Only keys that begin so."""
    exact: bool = False
    """Whether to delete what did not exist then."""
    to: str | None = None
    """The region whose copy is written; by default the primary's. Another one takes two-way replication."""
    replica_seconds: float = 900
    """How long to wait for the other copies; 0 does not wait."""
    invalidation_seconds: float = 600
    """How long to wait for the invalidation; 0 does not wait."""
    silence_seconds: float = 30
    """After how long without an answer a copy is left out, and CloudFront's part is owed."""
    quiet_seconds: float = 60
    """After how long without an arrival the reason is printed."""


class CopiedVersion(NamedTuple):
    """The outcome for one key."""

    change: KeyChange
    outcome: CopyOutcome
    version_id: str = ""


@dataclass(frozen=True)
class Restored:
    """What was done."""

    versions: Mapping[str, str] = field(default_factory=dict)
    """The new version of each key that was restored."""
    changed: int = 0
    """Keys that were written or deleted while the command ran, and are left."""
    failed: tuple[CopyFailure, ...] = ()
    """Those that S3 cannot copy, by reason."""
    replicated: Mapping[str, float] = field(default_factory=dict)
    """For each other region, the seconds until it had all of them."""
    invalidated: tuple[str, ...] = ()
    """The paths that the CDN dropped."""
    seen: ReadBack = field(default_factory=ReadBack)
    """One object as both legs answer it now."""
    owed: str = ""
    """What of CloudFront's part is not done because it cannot be asked; empty if nothing is."""


@dataclass(frozen=True)
class Restoration:
    """A site on its way back to what it was at a moment."""

    site: Site
    account: Account
    options: RestoreOptions

    @property
    def region(self) -> str:
        """The region whose copy is written."""
        return self.options.to or self.site.primary_region

    @property
    def bucket(self) -> str:
        """The bucket that is written."""
        return self.site.names(self.account.id).copy(self.region)

    @property
    def _client(self) -> S3Client:
        client: S3Client = self.account.client("s3", self.region)
        return client

    @functools.cached_property
    def _cdn(self) -> Cdn:
        return cdn_of(self.site, self.account, REFERENCE)

    @functools.cached_property
    def _rules(self) -> list[Any]:
        return rules.enabled(self._client, self.bucket)

    def plan(self, *, say: Say) -> Plan:
        """Return what would be done; changes nothing.

        Raises:
            UserError: the moment is in the future, the buckets keep no versions, nothing copies what is written, or
                AWS refuses.
        """
        self._require_past()
        self._require_versions()
        require_copied(self.site, self.options.to)
        # It may take the stack to know the distribution: what is refused ends the command before anything is changed.
        cdn = Later(lambda: self._cdn)
        plan = self._wanted().plan(self._client, self.bucket, datetime.now(UTC), say=say)
        plan.unseen = self._unseen()
        self._require_rules(plan)
        try:
            cdn.within(self.options.silence_seconds)
        except UnavailableError as error:
            plan.unasked = str(error)
        return plan

    def _require_past(self) -> None:
        before, now = self.options.before, datetime.now(UTC)
        if before > now:
            raise UserError(
                f"--before is {utc(before)}, expected a time in the past: it is {utc(now)}. A time without an offset "
                "is read as UTC: add one, as in 2026-11-20T14:00+01:00"
            )

    def _require_versions(self) -> None:
        if not self.site.versioned:
            raise UserError(
                f'sites.{self.site.name} has replication.engine = "lambda", whose buckets keep no versions: there is '
                "nothing to restore from; run `s3-failover publish` with the content from where it comes from"
            )
        with explained(f"look whether {self.bucket} keeps versions"):
            status = self._client.get_bucket_versioning(Bucket=self.bucket).get("Status")
        if status != "Enabled":
            raise UserError(
                f"versioning of {self.bucket} is {status or 'off'}, expected Enabled: what is written now would "
                "replace what is stored, and is not replicated. Enable it (aws s3api put-bucket-versioning --bucket "
                f"{self.bucket} --versioning-configuration Status=Enabled), and run it again"
            )

    def _wanted(self) -> RestoreScope:
        # The lifecycle rules of a bucket that is not the site's own are not known.
        is_own = not (self.site.existing.primary_bucket or self.site.existing.replica_buckets)
        kept = timedelta(days=self.site.noncurrent_version_days) if is_own else None
        return RestoreScope(
            self.options.before,
            self.options.prefix,
            exact=self.options.exact,
            kept=kept,
            keyed=self.site.encryption == "kms" or not is_own,
            leaves=frozenset({self.site.health_key}),
        )

    @property
    def _others(self) -> list[str]:
        return [region for region in self.site.regions if region != self.region]

    def _unseen(self) -> dict[str, str]:
        """Return why copies that are to be waited for do not answer, by region."""
        if not self.options.replica_seconds:
            return {}
        names = self.site.names(self.account.id)

        def look(region: str) -> Any:
            bucket = names.copy(region)
            with explained(f"list {bucket}"):
                return self.account.client("s3", region).list_object_versions(Bucket=bucket, MaxKeys=1)

        parts = {region: functools.partial(look, region) for region in self._others}
        found = together(parts, seconds=self.options.silence_seconds)
        return {region: str(answer) for region, answer in found.items() if isinstance(answer, UserError)}

    def _require_rules(self, plan: Plan) -> None:
        if self.options.replica_seconds and (plan.changes or plan.deletes):
            names = self.site.names(self.account.id)
            waited = [names.copy(region) for region in self._others if region not in plan.unseen]
            rules.require(self._rules, self.bucket, waited)

    def run(self, plan: Plan, *, say: Say) -> Restored:
        """Do it, and wait until every copy that answers has it.

        Raises:
            UserError: AWS refuses, or a copy is late; what was done stays, and running it again does the rest.
        """
        versions, outcomes, examples = dict[str, str](), Counter[CopyOutcome](), dict[CopyOutcome, str]()
        for done in counted(self._copies(plan), len(plan.changes), "restored", say):
            outcomes[done.outcome] += 1
            examples[done.outcome] = done.change.key
            if done.outcome is CopyOutcome.COPIED:
                versions[done.change.key] = done.version_id
        remove(self._client, self.bucket, plan.deletes)
        replicated = self._replicated(plan, versions, say)
        invalidated, owed = self._invalidate(plan, versions, say)
        return Restored(
            versions,
            outcomes[CopyOutcome.CHANGED],
            tuple(CopyFailure(REASONS[each], outcomes[each], examples[each]) for each in REASONS if outcomes[each]),
            replicated,
            invalidated,
            self._read_back(plan, versions, owed),
            owed,
        )

    def _copies(self, plan: Plan) -> Iterator[CopiedVersion]:
        copier = VersionCopier(self._client, self.bucket, same_parts=True)
        keyed = not plan.changes or rules.carry_keyed(self._rules)

        def copied(change: KeyChange) -> CopiedVersion:
            with explained(f"restore {shown(change.key)} in {self.bucket}"):
                try:
                    return _copy(copier, change, keyed=keyed)
                except ClientError as error:
                    if code(error) == "400":
                        require_signed_in(self._client, **_where(self.bucket, change))
                    return CopiedVersion(change, outcome(error))

        yield from spread(copied, plan.changes, end=copier.end)

    def _replicated(self, plan: Plan, versions: Mapping[str, str], say: Say) -> dict[str, float]:
        if not self.options.replica_seconds:
            return {}
        due = {**plan.done, **dict.fromkeys(plan.deletes), **versions}
        due = {key: version for key, version in due.items() if self._is_copied(key, version)}
        waiting = ReplicationWait(
            self.site,
            self.account,
            self.region,
            self.options.replica_seconds,
            self.options.quiet_seconds,
            say,
            command="restore",
            prefix=self.options.prefix,
            keys=plan.keys,
        )
        return {region: waiting.until(region, due) for region in self._others if region not in plan.unseen}

    def _is_copied(self, key: str, version: str | None) -> bool:
        return self.site.copies(key) and (version is not None or self.site.replication.delete_markers)

    def _invalidate(self, plan: Plan, versions: Mapping[str, str], say: Say) -> tuple[tuple[str, ...], str]:
        # What an earlier run restored, too: it may have been interrupted before its invalidation.
        changed = {*versions, *plan.deletes, *plan.done}
        if plan.unasked and changed:
            return (), f"not invalidated: {plan.unasked}"
        wanted = Invalidating(self.options.invalidation_seconds, self.options.silence_seconds, say)
        return wanted.drop(self._cdn, changed) if changed else ((), "")

    def _read_back(self, plan: Plan, versions: Mapping[str, str], owed: str) -> ReadBack:
        if not (self.options.replica_seconds and self.options.invalidation_seconds):
            return ReadBack()
        return read_back(
            self.site,
            self.account,
            self._expected(plan, versions),
            stale="it may show what it has cached" if owed else "",
            behind=plan.unseen,
            seconds=2 * self.options.silence_seconds,
        )

    def _expected(self, plan: Plan, versions: Mapping[str, str]) -> ExpectedObject | None:
        """Return the smallest object that was restored, of those that the replicas get, with its content."""
        found = [each for each in plan.changes if each.key in versions and self.site.copies(each.key)]
        for change in sorted(found, key=lambda change: change.then.size)[:_TRIED]:
            with explained(f"read {shown(change.key)} in {self.bucket}"):
                answer: Any = self._client.get_object(**_where(self.bucket, change))
                body = answer["Body"].read()
            if not answer.get("WebsiteRedirectLocation"):
                return ExpectedObject(change.key, body.__eq__)
        return None


def _where(bucket: str, change: KeyChange) -> Any:
    return {"Bucket": bucket, "Key": change.key, "VersionId": change.then.version_id}


def _copy(copier: VersionCopier, change: KeyChange, *, keyed: bool) -> CopiedVersion:
    if change.then.archive:
        return CopiedVersion(change, CopyOutcome.ARCHIVED)
    head: Any = copier.client.head_object(**_where(copier.bucket, change), ChecksumMode="ENABLED")
    if not keyed and is_keyed(head):
        return CopiedVersion(change, CopyOutcome.UNRULED)
    # A delete marker counts as no object (S3 User Guide, conditional-writes).
    condition = {"IfNoneMatch": "*"} if change.now.deleted else {"IfMatch": change.now.etag}
    version = copier.copy(Version(change.key, change.then.version_id, head), **condition)
    return CopiedVersion(change, CopyOutcome.COPIED, version)
