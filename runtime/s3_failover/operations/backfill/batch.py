"""A job of S3 Batch Replication: started once, watched, its report read (S3 User Guide, s3-batch-replication-batch).

Manifests and reports are kept in the log bucket of the primary's region: it is private, neither served nor replicated,
lies in the region where S3 wants a manifest that it makes itself, and expires its objects.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from s3_failover.config import Site, StackRole
from s3_failover.errors import UserError
from s3_failover.names import site as naming
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.report import failures
from s3_failover.operations.backfill.result import CopyFailure, Done
from s3_failover.operations.backfill.role import PREFIX
from s3_failover.operations.backfill.work import WorkItem
from s3_failover.operations.refusals import code, explained
from s3_failover.operations.shown import amount

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient

OVER = ("Complete", "Failed", "Cancelled")
"""Statuses of a job that does nothing more (S3 User Guide, batch-ops-job-status)."""

POLL_SECONDS = 5.0

_UNKNOWN = frozenset({"NoSuchJob", "NoSuchJobException", "NotFoundException"})

KNOWN_TRIES = 12
"""How often a job that was just made is looked for: S3 may not know it yet (S3 User Guide,
troubleshooting-batch-operations)."""

_MANIFEST_ARGS = {"ContentType": "text/csv", "ServerSideEncryption": "AES256"}
"""With a KMS key S3 could not read it (S3 User Guide, troubleshooting-batch-operations)."""

Say = Callable[[str], None]


class NoJobError(UserError):
    """S3 knows no such job."""


@dataclass(frozen=True)
class Filter:
    """Which objects S3 looks for itself, among those that the rules cover and that were never copied or failed.

    Those count that were written between `after` and `before`, with more bytes than `larger` and fewer than `smaller`.
    """

    prefix: str = ""
    after: datetime | None = None
    before: datetime | None = None
    larger: int | None = None
    smaller: int | None = None

    def as_request(self) -> dict[str, Any]:
        """Return it as CreateJob takes it."""
        wanted = {
            "EligibleForReplication": True,
            "ObjectReplicationStatuses": ["NONE", "FAILED"],
            "CreatedAfter": self.after,
            "CreatedBefore": self.before,
            "KeyNameConstraint": {"MatchAnyPrefix": [self.prefix]} if self.prefix else None,
            "ObjectSizeGreaterThanBytes": self.larger,
            "ObjectSizeLessThanBytes": self.smaller,
        }
        return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True)
class Job:
    """How a job stands.

    `total` is 0 until it is known; `seconds` is how long it has been working, and `reason` why it failed as a whole.
    """

    id: str
    status: str
    total: int
    succeeded: int
    failed: int
    seconds: float
    reason: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in OVER

    @property
    def found_nothing(self) -> bool:
        """Whether it failed because S3, making the manifest, found no object (S3 User Guide, replication-troubleshoot).

        Objects in Glacier Flexible Retrieval and Deep Archive count as none.
        """
        return self.status == "Failed" and "found no keys matching" in self.reason

    def __str__(self) -> str:
        done = self.succeeded + self.failed
        line = f"  {self.status}: {done:,} of {amount(self.total, 'object')}, {self.failed:,} failed"
        if self.is_over or not done or not self.seconds:
            return line
        rate = done / self.seconds
        return f"{line}, {rate:,.0f}/s, {(self.total - done) / rate:,.0f} s left"


@dataclass(frozen=True)
class Batch:
    """The jobs of one site.

    `reports` is the bucket for manifests and reports; see `report_bucket`.
    """

    site: Site
    account: Account
    reports: str

    @property
    def _control(self) -> S3ControlClient:
        client: S3ControlClient = self.account.client("s3control", self.site.primary_region)
        return client

    @property
    def _s3(self) -> S3Client:
        client: S3Client = self.account.client("s3", self.site.primary_region)
        return client

    @property
    def _description(self) -> str:
        return f"s3-failover backfill {self.site.naming.label}"

    @property
    def _prefix(self) -> str:
        return f"{PREFIX}{self.site.hostname}"

    def running(self) -> str | None:
        """Return the id of this site's job that is not over, if there is one."""
        return next((each["JobId"] for each in self._jobs() if each["Status"] not in OVER), None)

    def replicate(self, items: Iterable[WorkItem], role_arn: str) -> str:
        """Start a job for these versions, and return its id; raise UserError if the manifest cannot be written."""
        with tempfile.TemporaryDirectory(prefix=naming.PREFIX) as directory:
            path = Path(directory) / "manifest.csv"
            digest = _write_manifest(path, self.site.names(self.account.id).primary, items)
            key = f"{self._prefix}/manifests/{digest}.csv"
            with explained(f"write the manifest s3://{self.reports}/{key}"):
                self._s3.upload_file(str(path), self.reports, key, ExtraArgs=_MANIFEST_ARGS)
                etag = self._s3.head_object(Bucket=self.reports, Key=key)["ETag"].strip('"')
        manifest = {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key", "VersionId"]},
            "Location": {"ObjectArn": f"arn:aws:s3:::{self.reports}/{key}", "ETag": etag},
        }
        return self._create(role_arn, Manifest=manifest)

    def replicate_found(self, wanted: Filter, role_arn: str) -> str:
        """Start a job for what S3 finds itself; return its id."""
        generator = {
            "SourceBucket": f"arn:aws:s3:::{self.site.names(self.account.id).primary}",
            "ExpectedBucketOwner": self.account.id,
            "EnableManifestOutput": True,
            "ManifestOutputLocation": {
                "Bucket": f"arn:aws:s3:::{self.reports}",
                "ManifestPrefix": f"{self._prefix}/manifests",
                "ExpectedManifestBucketOwner": self.account.id,
                "ManifestEncryption": {"SSES3": {}},
                "ManifestFormat": "S3InventoryReport_CSV_20211130",
            },
            "Filter": wanted.as_request(),
        }
        return self._create(role_arn, ManifestGenerator={"S3JobManifestGenerator": generator})

    def watch(self, job: str, *, is_new: bool = False, say: Say, sleep: Callable[[float], None] = time.sleep) -> Job:
        """Wait until a job is over, and return how it ended; raise UserError if there is no such job."""
        told, tries = "", KNOWN_TRIES if is_new else 0
        while True:
            try:
                found = self.look(job)
            except NoJobError:
                if not tries:
                    raise
                tries -= 1
            else:
                if found.is_over:
                    return found
                if str(found) != told:
                    told = str(found)
                    say(told)
            sleep(POLL_SECONDS)

    def look(self, job: str) -> Job:
        """Return how a job stands now; raise UserError if there is no such job, or it is another site's."""
        with explained(f"look at the job {job}"):
            try:
                found: Any = self._control.describe_job(AccountId=self.account.id, JobId=job)["Job"]
            except ClientError as error:
                if code(error) not in _UNKNOWN:
                    raise
                raise NoJobError(
                    f"there is no job {job} in {self.site.primary_region}: S3 forgets them 90 days after their end"
                ) from error
        if found.get("Description") != self._description:
            raise UserError(f"the job {job} is {found.get('Description')!r}, expected {self._description!r}")
        progress = found.get("ProgressSummary", {})
        reasons = [
            f"{each.get('FailureCode')}: {each.get('FailureReason')}" for each in found.get("FailureReasons", ())
        ]
        return Job(
            id=job,
            status=found["Status"],
            total=progress.get("TotalNumberOfTasks", 0),
            succeeded=progress.get("NumberOfTasksSucceeded", 0),
            failed=progress.get("NumberOfTasksFailed", 0),
            seconds=progress.get("Timers", {}).get("ElapsedTimeInActiveSeconds", 0),
            reason="; ".join(reasons),
        )

    def result(self, job: Job) -> Done:
        """Return what a job that is over did, and why objects failed; raise UserError if the job failed as a whole."""
        if job.found_nothing:
            return Done()
        if job.status != "Complete":
            raise UserError(
                f"the job {job.id} is {job.status} after {job.succeeded:,} of {amount(job.total, 'object')}: "
                f"{job.reason or 'S3 gives no reason'}; what it did stays, and running it again does the rest"
            )
        reasons = failures(self._s3, self.reports, self._prefix, job.id) if job.failed else []
        unexplained = job.failed - sum(each.count for each in reasons)
        more = [CopyFailure("not in the report", unexplained, "")] if unexplained > 0 else []
        return Done(succeeded=job.succeeded, failed=[*reasons, *more])

    def _create(self, role_arn: str, **manifest: Any) -> str:
        request: dict[str, Any] = {
            "AccountId": self.account.id,
            "ConfirmationRequired": False,
            "Operation": {"S3ReplicateObject": {}},
            "Report": {
                "Bucket": f"arn:aws:s3:::{self.reports}",
                "Prefix": self._prefix,
                "Format": "Report_CSV_20180820",
                "Enabled": True,
                "ReportScope": "FailedTasksOnly",
            },
            "Description": self._description,
            "Priority": 10,
            "RoleArn": role_arn,
            **manifest,
        }
        # The same request after the same jobs is the same job: two that start at once, or a retry, make one.
        token = hashlib.sha256(f"{request!r} {[each['JobId'] for each in self._jobs()]}".encode()).hexdigest()
        with explained("start the job"):
            return self._control.create_job(**request, ClientRequestToken=token)["JobId"]

    def _jobs(self) -> list[Any]:
        found: list[Any] = []
        more: dict[str, Any] = {}
        with explained("list jobs"):
            for _ in itertools.count():
                page = self._control.list_jobs(AccountId=self.account.id, MaxResults=1000, **more)
                found += [each for each in page.get("Jobs", ()) if each.get("Description") == self._description]
                if not page.get("NextToken"):
                    break
                more = {"NextToken": page["NextToken"]}
        return sorted(found, key=lambda each: str(each["JobId"]))


def report_bucket(site: Site, account: Account, chosen: str | None) -> str:
    """Return where manifests and reports go.

    By default it is the log bucket of the primary's region.

    Raises:
        UserError: there is no log bucket of ours, or the chosen one holds content.
    """
    names = site.names(account.id)
    content = (names.primary, *map(names.replica, site.replica_regions))
    if chosen in content:
        raise UserError(f"--bucket is {chosen}, which holds content: viewers could read the reports; name another")
    unlogged = not site.access_logs or site.existing.primary_bucket
    if chosen is None and unlogged and site.primary_region not in site.existing.log_buckets:
        why = "an existing primary bucket and no log bucket in its region" if site.access_logs else "no access logs"
        raise UserError(
            f"sites.{site.name} has {why}, expected "
            f"--bucket with a private bucket in {site.primary_region} for the job's manifest and report"
        )
    return chosen or names.access_logs(StackRole.PRIMARY, site.primary_region)


def _write_manifest(path: Path, bucket: str, items: Iterable[WorkItem]) -> str:
    """Write the CSV that S3 Batch Operations takes, keys URL-encoded; return the digest of what it holds."""
    with path.open("w+", newline="", encoding="ascii") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerows((bucket, quote(item.key, safe="/"), item.version_id) for item in items)
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
