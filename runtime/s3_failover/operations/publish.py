"""Publishes a directory: uploads what changed, waits until every replica has it, and drops what the CDN has cached.

Safe to interrupt and to repeat. What a run had uploaded is not uploaded again; what it had not yet invalidated is found
by the next run, because it is younger than the last invalidation. Nothing about that is kept on this machine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from s3_failover.config import Site
from s3_failover.errors import UserError
from s3_failover.operations import delays, legs, listing, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.cdn import Cdn
from s3_failover.operations.changes import Changes, PublishedBucket, Reason, Upload
from s3_failover.operations.content import File, Rules, files
from s3_failover.operations.invalidation import Invalidating, cdn_of
from s3_failover.operations.lacking import Beside, Lacking
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.read_back import ReadBack, read_back, smallest
from s3_failover.operations.refusals import UnavailableError
from s3_failover.operations.removal import remove
from s3_failover.operations.spread import counted, spread
from s3_failover.operations.together import Later
from s3_failover.operations.upload import Uploader
from s3_failover.operations.waiting import ReplicationWait
from s3_failover.results import Result

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

Say = Callable[[str], None]


@dataclass(frozen=True)
class PublishOptions:
    """How to publish."""

    delete: bool = False
    """Whether to delete what is in the bucket and not in the directory."""
    rules: Rules = field(default_factory=Rules)
    """Which files, with which headers; what they exclude is not deleted either."""
    most_deletes: float = 0.5
    """The largest share of the bucket's objects that may be deleted, as a safeguard."""
    replica_seconds: float = 900
    """How long to wait for the other copies; 0 does not wait."""
    invalidation_seconds: float = 600
    """How long to wait for the invalidation; 0 does not wait."""
    compare: bool = True
    """Whether to compare the copy that is written with every other one."""
    to: str | None = None
    """The region whose copy is written; by default the primary's. Another one takes two-way replication."""
    silence_seconds: float = 30
    """After how long without an answer a copy is left out of that, and CloudFront's part is owed."""
    quiet_seconds: float = 60
    """After how long without an arrival the reason is printed."""


@dataclass(frozen=True)
class Published:
    """What was done."""

    changes: Changes
    """What was uploaded and deleted."""
    versions: Mapping[str, str]
    """The version id of each uploaded key."""
    replicated: Mapping[str, float]
    """For each replica region, the seconds until it had all of them and none of what was deleted."""
    invalidated: tuple[str, ...]
    """The paths that the CDN dropped."""
    proof: Mapping[str, str]
    """One object as both legs answer it now: for each leg, why it is not what was published, or ""; nothing where
    nothing was uploaded, or it was not waited for."""
    owed: str = ""
    """What of CloudFront's part is not done because its control plane, or CloudFormation's, does not answer; the next
    run does it. Empty if nothing is."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """For each leg that cannot be asked from here, why."""


class Uploaded(Result):
    """A file that was, or with --dry-run would be, uploaded."""

    key: str
    bytes: int
    reason: Reason
    """new, content, headers or archived."""


class PublishResult(Result):
    """What `publish` did or, with --dry-run, would do."""

    site: str
    region: str
    """The region whose copy was written."""
    dry_run: bool
    uploads: tuple[Uploaded, ...]
    deletes: tuple[str, ...]
    unchanged: int
    bytes: int
    replicated: dict[str, float]
    """By region of another copy, the seconds until it had all of it."""
    invalidated: tuple[str, ...]
    """The paths that the CDN dropped."""
    compared: bool
    """Whether the copy that was written was compared with the others; with --no-wait it is not."""
    lacking: dict[str, dict[DriftKind, int]]
    """By region of another copy, how many objects it lacks and will not get by itself, by kind: missing, undeleted,
    size or content, archived, as `verify` has them."""
    on_their_way: dict[str, int]
    """By region of another copy, how many objects are on their way: young, with a replication that S3 calls pending."""
    not_looked_at: dict[str, str]
    """By region of another copy, why it could not be compared; its replication was not waited for."""
    proof: dict[str, str]
    """By leg, why it does not answer with what was published; empty if it does."""
    not_read_back: dict[str, str]
    """By leg, why it could not be asked from here."""
    owed: str
    """What of CloudFront's part is not done because it cannot be asked; the next run does it. Empty if nothing is."""
    awaited: bool = Field(exclude=True)
    """Whether there was anything for the replicas to get."""

    @classmethod
    def of(cls, site: str, region: str, changes: Changes, done: Published | None) -> PublishResult:
        """Return what was done with changes; None for what was not done, because of --dry-run."""
        did, lacking = done or Published(changes, {}, {}, (), {}, changes.unasked), changes.lacking or Lacking()
        return cls(
            site=site,
            region=region,
            dry_run=done is None,
            uploads=tuple(
                Uploaded(key=each.file.key, bytes=each.file.size, reason=each.reason) for each in changes.uploads
            ),
            deletes=changes.deletes,
            unchanged=changes.unchanged,
            bytes=changes.bytes,
            replicated=dict(did.replicated),
            invalidated=did.invalidated,
            compared=changes.lacking is not None,
            lacking={
                region: {kind: len(keys) for kind, keys in sorted(kinds.items())}
                for region, kinds in lacking.keys.items()
            },
            on_their_way={region: len(keys) for region, keys in lacking.coming.items()},
            not_looked_at=dict(lacking.unseen),
            proof=dict(did.proof),
            not_read_back=dict(did.unseen),
            owed=did.owed,
            awaited=bool(changes.uploads or changes.deletes or changes.waiting),
        )


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `publish` write a site and see it arrive."""
    buckets = permissions.buckets(site, account)
    # With --to it writes to any copy.
    written = buckets if site.replication.two_way else buckets[:1]
    reads = ["s3:GetObject", "s3:GetObjectVersion"] if site.versioned else ["s3:GetObject"]
    writes = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    cdn = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation", "cloudfront:ListInvalidations"]
    return permissions.policy(
        allow(permissions.LISTING, buckets),
        allow(reads, permissions.objects(buckets)),
        allow(writes, permissions.objects(written)),
        permissions.keys(site, account),
        allow(["cloudformation:DescribeStacks"], [permissions.stacks(site, account)]),
        allow(cdn, [permissions.distributions(account)]),
        *delays.statements(site, account),
    )


def require_copied(site: Site, to: str | None) -> None:
    """Raise UserError if what is written to the region that was asked for would reach no other copy."""
    if to is None or to == site.primary_region:
        return
    if to not in site.regions:
        raise UserError(f"--to is {to!r}, expected one of the site's regions: {', '.join(site.regions)}")
    if not site.replication.two_way:
        raise UserError(
            f"nothing copies what is written to {to}, because sites.{site.name}.replication.two_way is false: "
            "leave --to out, or set it to true and deploy, which takes the primary region"
        )


@dataclass(frozen=True)
class Publication:
    """A directory on its way to a site."""

    site: Site
    account: Account
    options: PublishOptions

    @functools.cached_property
    def _client(self) -> S3Client:
        client: S3Client = self.account.client("s3", self.region)
        # S3 would first be asked whether it wants the body: that takes as long as to send a small one.
        client.meta.events.register_last("before-call.s3", _send_at_once, unique_id="send-at-once")
        return client

    @property
    def region(self) -> str:
        """The region whose copy is written."""
        return self.options.to or self.site.primary_region

    @property
    def _bucket(self) -> str:
        return self.site.names(self.account.id).copy(self.region)

    @functools.cached_property
    def _cdn(self) -> Cdn:
        return cdn_of(self.site, self.account)

    def changes(self, directory: Path) -> Changes:
        """Return what publishing a directory would change; changes nothing.

        Raises:
            UserError: the directory cannot be published, the bucket cannot be read, nothing copies what is written to
                that region, or the proxy that the environment names is none.
        """
        require_copied(self.site, self.options.to)
        found = files(directory, self.options.rules)
        if any(file.key == self.site.health_key for file in found):
            raise UserError(
                f"{directory} holds {self.site.health_key}, the health object of sites.{self.site.name}: "
                "the deployment makes it; remove the file or set another health_key"
            )
        if self._reads_back:
            legs.require_proxies(self.site, self.account)
        patience = self.options.silence_seconds
        last = Later(self._last_invalidation)
        beside = (
            Beside(self.site, self.account, source=self.region, patience=patience) if self.options.compare else None
        )
        pages = listing.entries(self._client, self._bucket)
        held = {entry.key: entry for page in (beside.read(pages) if beside else pages) for entry in page}
        # The default of a bucket that is not the site's own is not known.
        keyed = self.site.encryption == "kms" or self.site.existing.primary_bucket is not None
        bucket = PublishedBucket(self._client, self._bucket, held, keyed)
        deletes = self._deletes(bucket, found, directory)
        uploads = bucket.uploads(found)
        stale, unasked = self._stale(held, last)
        done = {*(upload.file.key for upload in uploads), *deletes}
        lacking = beside.found(but=done, asked=frozenset(stale)) if beside else None
        late = lacking.due & {file.key for file in found} if lacking else ()
        waiting = bucket.versions({*stale, *late}, found, deleted=self.options.delete)
        return Changes(tuple(uploads), tuple(deletes), len(found) - len(uploads), stale, waiting, lacking, unasked)

    def _last_invalidation(self) -> datetime | None:
        # It may take the stack to know which distribution to ask.
        return self._cdn.last_invalidation()

    def _deletes(self, bucket: PublishedBucket, found: Sequence[File], directory: Path) -> list[str]:
        if not self.options.delete:
            return []
        deletes = bucket.deletes(found, keep=[self.site.health_key, *self.options.rules.exclude])
        objects = sum(not entry.deleted for entry in bucket.held.values())
        if len(deletes) > self.options.most_deletes * objects:
            raise UserError(
                f"--delete would remove {len(deletes)} of {objects} objects that {directory} does not have, expected "
                f"at most {self.options.most_deletes:.0%}: is it the right directory? if so, add --most-deletes 100"
            )
        return deletes

    def _stale(
        self, held: Mapping[str, listing.ListedObject], last: Later[datetime | None]
    ) -> tuple[tuple[str, ...], str]:
        """Return the keys that were changed after the last invalidation, or why it is not known when that was."""
        try:
            moment = last.within(self.options.silence_seconds)
        except UnavailableError as error:
            return (), str(error)
        return tuple(key for key, entry in held.items() if moment is None or entry.modified >= moment), ""

    def run(self, changes: Changes, *, say: Say) -> Published:
        """Make the changes and wait until they have arrived everywhere.

        Raises:
            UserError: an upload failed, a replica is late, or the CDN refuses; what was done stays, and running it
                again does the rest.
        """
        versions = dict(counted(spread(self._upload, changes.uploads), len(changes.uploads), "uploaded", say))
        remove(self._client, self._bucket, changes.deletes)
        replicated = self._replicated(changes, versions, say)
        invalidated, owed = self._invalidate(changes, say)
        seen = self._read_back(changes, owed)
        return Published(changes, versions, replicated, invalidated, seen.proof, owed, seen.unseen)

    def _replicated(self, changes: Changes, versions: Mapping[str, str], say: Say) -> dict[str, float]:
        lacking = changes.lacking or Lacking()
        regions = [region for region in self.site.regions if region not in (self.region, *lacking.unseen)]
        due = {**changes.waiting, **dict.fromkeys(changes.deletes), **versions}
        due = {key: version for key, version in due.items() if self._is_copied(key, version)}
        waiting = ReplicationWait(
            self.site, self.account, self.region, self.options.replica_seconds, self.options.quiet_seconds, say
        )
        replicated = {}
        for region in regions if self.options.replica_seconds else ():
            never = lacking.of(region)
            replicated[region] = waiting.until(region, {key: due[key] for key in due if key not in never})
        return replicated

    def _is_copied(self, key: str, version: str | None) -> bool:
        return self.site.copies(key) and (version is not None or self.site.replication.delete_markers)

    @functools.cached_property
    def _sender(self) -> Uploader:
        return Uploader(self._client, self._bucket)

    def _upload(self, upload: Upload) -> tuple[str, str]:
        return upload.file.key, self._sender.send(upload)

    def _invalidate(self, changes: Changes, say: Say) -> tuple[tuple[str, ...], str]:
        """Drop what the CDN has of what changed; return the paths, and why they are owed if they are."""
        if changes.unasked:
            # An invalidation now would hide from the next run what an earlier one left.
            return (), f"not invalidated: {changes.unasked}"
        # New keys too: the CDN may have cached that they are missing.
        changed = {*(upload.file.key for upload in changes.uploads), *changes.deletes, *changes.stale}
        changed.discard(self.site.health_key)
        wanted = Invalidating(self.options.invalidation_seconds, self.options.silence_seconds, say)
        return wanted.drop(self._cdn, changed) if changed else ((), "")

    @property
    def _reads_back(self) -> bool:
        return bool(self.options.replica_seconds and self.options.invalidation_seconds)

    def _read_back(self, changes: Changes, owed: str) -> ReadBack:
        if not self._reads_back:
            return ReadBack()
        stale = "it may show what it has cached" if owed else ""
        behind = changes.lacking.unseen if changes.lacking else {}
        seconds = 2 * self.options.silence_seconds
        expected = smallest(self.site, changes.uploads)
        return read_back(self.site, self.account, expected, stale=stale, behind=behind, seconds=seconds)


def _send_at_once(params: dict[str, Any], **_more: Any) -> None:
    params["headers"].pop("Expect", None)
