"""Custom resource: writes the health object on create and update, and sees it in every copy.

It deletes nothing but what a failed creation has just put: CloudFormation then rolls the bucket back, which it can only
while the bucket is empty.
"""

import json
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from s3_failover_constructs.custom_resource import answer_to, reply

PATIENCE = 810
"""Seconds until the object must be in every copy, 90 less than the function has. S3 may take 15 minutes until it knows
a bucket's versioning everywhere (S3 User Guide, manage-versioning-examples); the bucket is older than this call."""

PAUSES = (3, 6, 12, 24, 30)
"""Seconds between looks; the last one is repeated. Each failed look may put one more version: about 30 in all."""

REPLICATED = ("COMPLETED", "COMPLETE", "REPLICA")
"""COMPLETED means every destination (S3 User Guide, replication-status). REPLICA is a copy's own status, which the
object has where another writer's copy has come back to this bucket."""

DENIED = ("AccessDenied", "403")
"""Permissions that are seconds old may not be known everywhere: the writer's own or the replication role's."""

MISSING = ("NoSuchKey", "404")
"""S3 may answer so right after a write while versioning is not known everywhere (S3 API, PutBucketVersioning)."""

CALLS = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
"""No call outlives what PATIENCE leaves of the function's time."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Answer a CloudFormation custom resource event."""
    properties = event["ResourceProperties"]
    answer = answer_to(event, f"{properties['Bucket']}/{properties['Key']}")
    try:
        if event["RequestType"] != "Delete":
            write(boto3.client("s3", config=CALLS), properties, is_new=event["RequestType"] == "Create")
    except Exception as error:
        answer.update(Status="FAILED", Reason=f"cannot write the health object: {error}")
    reply(event["ResponseURL"], answer)


def write(
    s3: Any,
    properties: dict[str, Any],
    *,
    is_new: bool = False,
    clock: Any = time.monotonic,
    pause: Any = time.sleep,
) -> None:
    """Put the object and look until it is in every copy; put it again whenever a look shows that it will not get there.

    Args:
        s3: a client in the bucket's region.
        properties: the resource's.
        is_new: whether the resource is created: what was put is then removed after a failure.
        clock: tells the time in seconds.
        pause: waits for seconds.

    Raises:
        RuntimeError: it is not in every copy within `PATIENCE`.
    """
    written = Written(s3, properties)
    try:
        wait_until_everywhere(written, clock, pause)
    except Exception:
        if is_new:
            written.remove()
        raise


def wait_until_everywhere(written: "Written", clock: Any, pause: Any) -> None:
    """Look until the object is in every copy."""
    end, pauses = clock() + PATIENCE, list(PAUSES)
    while not written.everywhere():
        wait = pauses.pop(0) if len(pauses) > 1 else pauses[0]
        if clock() + wait > end:
            raise RuntimeError(written.reason())
        pause(wait)


class Written:
    """The object as S3 shows it: what was put, and the last status that was seen."""

    def __init__(self, s3: Any, properties: dict[str, Any]) -> None:
        self.s3, self.body = s3, properties["Body"]
        self.target = {"Bucket": properties["Bucket"], "Key": properties["Key"]}
        self.replicated_to = properties["ReplicatedTo"]
        self.copies = [
            (copy["Bucket"], boto3.client("s3", region_name=copy["Region"], config=CALLS))
            for copy in properties.get("Copies", [])
        ]
        self.hints = properties.get("Hints")
        self.version: str | None = None
        self.put_versions: set[str] = set()
        self.status = "not written"
        self.looks = 0

    def everywhere(self) -> bool:
        """Put the object if it is due, look at it, and tell whether every copy has it."""
        try:
            if self.is_due():
                self.put()
            if not self.replicated_to:
                return True
            self.status = self.seen_in_copies() if self.copies else self.seen_by_s3()
        except ClientError as error:
            self.status = passing(error)
        except (NoConnectionError, HTTPClientError) as error:
            self.status = f"no answer: {error}"
        return self.status in REPLICATED

    def is_due(self) -> bool:
        """Tell whether to put the object: at first, and unless a copy is on its way.

        Where a function makes the copies, it may not know of one that is missing: S3 may not send events yet when the
        first one is due. Those buckets keep no versions, so that every third look may put it.
        """
        self.looks += 1
        return self.status != "PENDING" or (bool(self.copies) and self.looks % 3 == 0)

    def put(self) -> None:
        """Put the object, not to be kept by any cache.

        It is encrypted with S3's own key whatever the bucket's default is: checkers have no credentials, so they could
        not use a KMS key. A replica keeps the kind of encryption (S3 User Guide, replication-config-for-kms-objects).
        """
        how = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "no-store", "ServerSideEncryption": "AES256"}
        answer = self.s3.put_object(**self.target, Body=self.body.encode(), **how)
        self.version = answer.get("VersionId")
        self.put_versions.add(self.version or "null")
        if self.hints:
            hint = json.dumps({"key": self.target["Key"]})
            boto3.client("sqs", config=CALLS).send_message(QueueUrl=self.hints, MessageBody=hint)

    def remove(self) -> None:
        """Delete the versions that were put, as far as that is allowed: the failure before it is what counts."""
        for version in self.put_versions:
            try:
                self.s3.delete_object(**self.target, VersionId=version)
            except ClientError as error:
                print(f"cannot remove version {version}: {error}")  # noqa: T201 - the function's log

    def seen_by_s3(self) -> str:
        """Return the replication status of what was put, or why there is none yet: a version may not even exist."""
        if self.version in (None, "null"):
            return "no version: S3 has not put the bucket's versioning into effect everywhere"
        head = self.s3.head_object(**self.target)
        if head.get("VersionId") != self.version:
            return "another version than the one written"
        return str(head.get("ReplicationStatus") or "none: S3 has not put the rules into effect everywhere")

    def seen_in_copies(self) -> str:
        """Return COMPLETED if every copy has what the source has: S3 keeps no status for what a function copies."""
        wanted = self.s3.head_object(**self.target)["ETag"]
        there = (etag(client, {**self.target, "Bucket": name}) == wanted for name, client in self.copies)
        return "COMPLETED" if all(there) else "PENDING"

    def reason(self) -> str:
        """Return what CloudFormation shows, with the way out."""
        return (
            f"{self.target['Bucket']}/{self.target['Key']} is not in every copy ({', '.join(self.replicated_to)}) "
            f"after {PATIENCE // 60} minutes, last replication status: {self.status}. Deploy again with the same "
            "command; if it stays so, check the role that copies and the destination buckets"
        )


def passing(error: ClientError) -> str:
    """Return an error that waiting may cure as a status, and raise every other one."""
    code = error.response["Error"]["Code"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code not in (*DENIED, *MISSING) and status < 500:
        raise error
    return f"{code} to {error.operation_name}"


def etag(s3: Any, target: dict[str, str]) -> str | None:
    """Return what tells equal content, None where there is nothing yet: without permission to list, that is 403."""
    try:
        return str(s3.head_object(**target)["ETag"])
    except ClientError as error:
        passing(error)
        return None
