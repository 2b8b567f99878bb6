"""Publishes a directory: uploads what changed, waits until every replica has it, and drops what the CDN has cached.

Safe to interrupt and to repeat. What a run had uploaded is not uploaded again; what it had not yet invalidated is found
by the next run, because it is younger than the last invalidation. Nothing about that is kept on this machine.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from s3_failover.config import EDGE_REGION, SecondaryType, Site
from s3_failover.errors import UserError
from s3_failover.operations import arrivals, deployed, legs, listing, permissions
from s3_failover.operations.account import Account
from s3_failover.operations.attributes import Copy
from s3_failover.operations.cdn import Cdn
from s3_failover.operations.changes import Bucket, Changes, Upload
from s3_failover.operations.content import File, files
from s3_failover.operations.lacking import Beside, Lacking
from s3_failover.operations.permissions import Policy, allow
from s3_failover.operations.refusals import explained
from s3_failover.operations.spread import counted, spread

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to publish.

    Attributes:
        delete: whether to delete what is in the bucket and not in the directory.
        exclude: patterns of keys that are neither uploaded nor deleted.
        cache_control: patterns of keys and their `Cache-Control`; the first that matches counts.
        most_deletes: the largest share of the bucket's objects that may be deleted, as a safeguard.
        replica_seconds: how long to wait for the replicas; 0 does not wait.
        invalidation_seconds: how long to wait for the invalidation; 0 does not wait.
        compare: whether to compare the primary with every replica.
        silence_seconds: after how long without an answer a replica is left out of that.
    """

    delete: bool = False
    exclude: tuple[str, ...] = ()
    cache_control: Mapping[str, str] | None = None
    most_deletes: float = 0.5
    replica_seconds: float = 900
    invalidation_seconds: float = 600
    compare: bool = True
    silence_seconds: float = 30


@dataclass(frozen=True)
class Published:
    """What was done.

    Attributes:
        changes: what was uploaded and deleted.
        versions: the version id of each uploaded key.
        replicated: for each replica region, the seconds until it had all of them and none of what was deleted.
        invalidated: the paths that the CDN dropped.
        proof: one object as both legs answer it now: for each leg, why it is not what was published, or ""; nothing
            where nothing was uploaded, or nobody waited for it.
    """

    changes: Changes
    versions: Mapping[str, str]
    replicated: Mapping[str, float]
    invalidated: tuple[str, ...]
    proof: Mapping[str, str]


def policy(site: Site, account: Account) -> Policy:
    """Return the least IAM policy that lets `publish` write a site and see it arrive."""
    buckets = permissions.buckets(site, account)
    primary, reads = buckets[:1], ["s3:GetObject", "s3:GetObjectVersion"] if site.versioned else ["s3:GetObject"]
    writes = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    cdn = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation", "cloudfront:ListInvalidations"]
    return permissions.policy(
        allow(permissions.LISTING, buckets),
        allow(reads, permissions.objects(buckets)),
        allow(writes, permissions.objects(primary)),
        permissions.keys(site, account),
        allow(["cloudformation:DescribeStacks"], [permissions.stacks(site, account)]),
        allow(cdn, [permissions.distributions(account)]),
    )


@dataclass(frozen=True)
class Publication:
    """A directory on its way to a site."""

    site: Site
    account: Account
    options: Options

    @functools.cached_property
    def _client(self) -> S3Client:
        client: S3Client = self.account.client("s3", self.site.primary_region)
        # S3 would first be asked whether it wants the body: that takes as long as to send a small one.
        client.meta.events.register_last("before-call.s3", _send_at_once, unique_id="s3-failover-at-once")
        return client

    @property
    def _bucket(self) -> str:
        return self.site.names(self.account.id).primary

    @property
    def cdn(self) -> Cdn:
        """The site's distribution.

        Raises:
            UserError: the edge stack is missing.
        """
        distribution = deployed.edge(self.site, self.account)["DistributionId"]
        return Cdn(self.account.client("cloudfront", EDGE_REGION), distribution, self.site.index_document)

    def changes(self, directory: Path) -> Changes:
        """Return what publishing a directory would change; changes nothing.

        Raises:
            UserError: the directory cannot be published, or the bucket cannot be read.
        """
        found = files(directory, exclude=self.options.exclude, cache_control=self.options.cache_control or {})
        if any(file.key == self.site.health_key for file in found):
            raise UserError(
                f"{directory} holds {self.site.health_key}, the health object of sites.{self.site.name}: "
                "the deployment makes it; remove the file or set another health_key"
            )
        patience = self.options.silence_seconds
        beside = Beside(self.site, self.account, patience=patience) if self.options.compare else None
        pages = listing.entries(self._client, self._bucket)
        held = {entry.key: entry for page in (beside.read(pages) if beside else pages) for entry in page}
        bucket = Bucket(self._client, self._bucket, held)
        deletes = self._deletes(bucket, found, directory)
        uploads = bucket.uploads(found)
        stale = self._stale(held)
        done = {*(upload.file.key for upload in uploads), *deletes}
        lacking = beside.found(but=done, asked=frozenset(stale)) if beside else None
        late = lacking.due & {file.key for file in found} if lacking else ()
        waiting = bucket.versions({*stale, *late}, found, deleted=self.options.delete)
        return Changes(tuple(uploads), tuple(deletes), len(found) - len(uploads), stale, waiting, lacking)

    def _deletes(self, bucket: Bucket, found: Sequence[File], directory: Path) -> list[str]:
        if not self.options.delete:
            return []
        deletes = bucket.deletes(found, keep=[self.site.health_key, *self.options.exclude])
        objects = sum(not entry.deleted for entry in bucket.held.values())
        if len(deletes) > self.options.most_deletes * objects:
            raise UserError(
                f"--delete would remove {len(deletes)} of {objects} objects that {directory} does not have, expected "
                f"at most {self.options.most_deletes:.0%}: is it the right directory? if so, add --most-deletes 100"
            )
        return deletes

    def _stale(self, held: Mapping[str, listing.Entry]) -> tuple[str, ...]:
        last = self.cdn.last_invalidation()
        return tuple(key for key, entry in held.items() if last is None or entry.modified >= last)

    def run(self, changes: Changes, *, say: Say) -> Published:
        """Make the changes and wait until they have arrived everywhere.

        Raises:
            UserError: an upload failed, a replica is late, or the CDN refuses; what was done stays, and running it
                again does the rest.
        """
        versions = dict(counted(spread(self._upload, changes.uploads), len(changes.uploads), "uploaded", say))
        self._delete(changes.deletes)
        lacking = changes.lacking or Lacking()
        regions = [region for region in self.site.replica_regions if region not in lacking.unseen]
        due = {**changes.waiting, **dict.fromkeys(changes.deletes), **versions}
        due = {key: version for key, version in due.items() if self._is_copied(key, version)}
        replicated = {}
        for region in regions if self.options.replica_seconds else ():
            never = lacking.of(region)
            coming = {key: version for key, version in due.items() if key not in never}
            replicated[region] = self._await(region, coming, say)
        invalidated = self._invalidate(changes, say)
        return Published(changes, versions, replicated, invalidated, self._proof(changes))

    def _is_copied(self, key: str, version: str | None) -> bool:
        return self.site.copies(key) and (version is not None or self.site.replication.delete_markers)

    def _upload(self, upload: Upload) -> tuple[str, str]:
        file = upload.file
        with explained(f"upload {file.path} to {self._bucket}"):
            try:
                return file.key, self._put(file)
            except OSError as error:
                raise UserError(f"{file.path}: cannot be read: {error.strerror}") from error

    def _put(self, file: File) -> str:
        extra: dict[str, Any] = {**file.headers, "ChecksumAlgorithm": "SHA256"}
        if not file.in_parts:
            answer = self._client.put_object(Bucket=self._bucket, Key=file.key, Body=file.path.read_bytes(), **extra)
            return answer.get("VersionId", "null")
        parts = TransferConfig(multipart_threshold=file.part, multipart_chunksize=file.part, max_concurrency=4)
        self._client.upload_file(str(file.path), self._bucket, file.key, ExtraArgs=extra, Config=parts)
        return self._client.head_object(Bucket=self._bucket, Key=file.key).get("VersionId", "null")

    def _delete(self, keys: Sequence[str]) -> None:
        for at in range(0, len(keys), 1000):
            batch: Any = {"Objects": [{"Key": key} for key in keys[at : at + 1000]], "Quiet": True}
            with explained(f"empty {self._bucket} of what is gone"):
                failed = self._client.delete_objects(Bucket=self._bucket, Delete=batch).get("Errors", ())
            if failed:
                first: Any = failed[0]
                with explained(f"delete {first.get('Key')} and {len(failed) - 1} more from {self._bucket}"):
                    raise ClientError({"Error": first}, "DeleteObjects")

    def _await(self, region: str, versions: Mapping[str, str | None], say: Say) -> float:
        """Wait until a replica has these versions, and nothing under the keys that have none; return the seconds."""
        begin = time.monotonic()
        source = Copy(self._client, self._bucket)
        replica = Copy(self.account.client("s3", region), self.site.names(self.account.id).replica(region))
        left = dict(versions)
        pause = 0.1
        while left:
            looked = spread(lambda item: (item[0], _arrived(source, replica, *item)), list(left.items()))
            for key, there in looked:
                if there:
                    del left[key]
            if left and time.monotonic() - begin > self.options.replica_seconds:
                raise UserError(self._late(left, f"{replica.bucket} in {region}"))
            if left:
                say(f"  {region}: {len(versions) - len(left)} of {len(versions)} replicated")
                time.sleep(pause)
                pause = min(pause * 2, 5)
        return time.monotonic() - begin

    def _late(self, left: Mapping[str, str | None], bucket: str) -> str:
        names = ", ".join(list(left)[:3])
        seconds = self.options.replica_seconds
        return (
            f"{len(left)} objects have not reached {bucket} after {seconds:g} s: {names}; they are in the primary, and "
            "the CDN may show what it has cached: look at the replication, backfill what is older than it, and run it "
            "again, or go on with --no-wait"
        )

    def _invalidate(self, changes: Changes, say: Say) -> tuple[str, ...]:
        # New keys too: the CDN may have cached that they are missing.
        changed = {*(upload.file.key for upload in changes.uploads), *changes.deletes, *changes.stale}
        changed.discard(self.site.health_key)
        if not changed:
            return ()
        cdn = self.cdn
        paths = cdn.paths(changed)
        invalidation = cdn.invalidate(paths)
        if self.options.invalidation_seconds:
            cdn.wait(invalidation, seconds=self.options.invalidation_seconds, say=say)
        return tuple(paths)

    def _proof(self, changes: Changes) -> dict[str, str]:
        """Read the smallest object that was uploaded, of those that the replicas get, over both legs."""
        copied = [upload.file for upload in changes.uploads if self.site.copies(upload.file.key)]
        if not (copied and self.options.replica_seconds and self.options.invalidation_seconds):
            return {}
        file = min(copied, key=lambda file: file.size)
        try:
            content = file.path.read_bytes()
        except OSError as error:
            raise UserError(f"{file.path}: cannot be read: {error.strerror}") from error
        asked = [leg for leg in legs.legs(self.site, self.account) if not self._is_unseen(leg, changes)]
        return {leg.name: _objection(leg.get(file.key), content) for leg in asked}

    def _is_unseen(self, leg: legs.Leg, changes: Changes) -> bool:
        """Tell whether a leg leads to a replica that could not be compared, and so was not waited for."""
        is_replica = leg.name == "secondary" and self.site.secondary.type is not SecondaryType.EXTERNAL
        unseen = changes.lacking.unseen if changes.lacking else {}
        return is_replica and self.site.replica_regions[0] in unseen


def _send_at_once(params: dict[str, Any], **_more: Any) -> None:
    params["headers"].pop("Expect", None)


def _objection(answer: legs.Answer, content: bytes) -> str:
    if answer.status != 200:
        return answer.error or f"answered {answer.status}"
    return "" if answer.body == content else f"answered {len(answer.body)} other bytes"


def _arrived(source: Copy, replica: Copy, key: str, version: str | None) -> bool:
    """Tell whether a replica has a version; None stands for nothing, `null` for whatever the source has."""
    if version is None:
        return arrivals.head(replica, key) is None
    if version != "null":
        return arrivals.head(replica, key, version) is not None
    ours, theirs = arrivals.head(source, key), arrivals.head(replica, key)
    # Somebody else may have deleted it meanwhile.
    return ours is None or (theirs is not None and arrivals.is_copy(ours, theirs))
