"""The completion report of a job of S3 Batch Operations (S3 User Guide, batch-ops-examples-reports)."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from s3_failover.errors import UserError
from s3_failover.operations.backfill.result import CopyFailure
from s3_failover.operations.refusals import explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCHEMA = ("Bucket", "Key", "VersionId", "TaskStatus", "HTTPStatusCode", "ErrorCode", "ResultMessage")
"""The columns of its files, which have no header. The report's manifest names the code before the status, and AWS's
examples have it behind."""


def failures(client: S3Client, bucket: str, prefix: str, job: str) -> list[CopyFailure]:
    """Return why objects failed, the most frequent reason first; nothing if there is no report, as when none failed.

    The client is in the region of the report's bucket; `prefix` is the one that the job was given.
    """
    key = f"{prefix}/job-{job}/manifest.json"
    found: dict[str, CopyFailure] = {}
    with explained(f"read the report s3://{bucket}/{key}"):
        try:
            told = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except client.exceptions.NoSuchKey:
            return []
        for row in _rows(client, told, f"s3://{bucket}/{key}"):
            reason = _reason(row["HTTPStatusCode"], row["ErrorCode"])
            failure = found.get(reason) or CopyFailure(reason, 0, unquote_plus(row["Key"]))
            found[reason] = replace(failure, count=failure.count + 1)
    return sorted(found.values(), key=lambda failure: -failure.count)


def _rows(client: S3Client, told: Any, name: str) -> Iterator[dict[str, str]]:
    try:
        files = [(each["Bucket"], each["Key"]) for each in told["Results"] if each["TaskExecutionStatus"] == "failed"]
    except (KeyError, TypeError) as error:
        raise UserError(f"{name} is no completion report: {error!r}") from error
    for bucket, key in files:
        lines = codecs.getreader("utf-8")(client.get_object(Bucket=bucket, Key=key)["Body"])
        yield from csv.DictReader(lines, SCHEMA)


def _reason(*told: str | None) -> str:
    """Return the code if there is one, wherever it stands, else the status."""
    return next((each for each in told if each and not each.isdecimal()), "".join(filter(None, told)))
