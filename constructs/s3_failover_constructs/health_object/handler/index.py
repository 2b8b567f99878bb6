"""Custom resource: writes the health object on create and update, sees it replicated, and never deletes it."""

import json
import time
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

PATIENCE = 90
"""Seconds to write the object and see it replicated: permissions that are seconds old, the writer's or those of the
replication role, may not be there yet, and a failed copy is not retried."""

LOOKS = 10
"""After how many looks at copies the object is put again: S3 may not send events yet when the first one is due."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Answer a CloudFormation custom resource event."""
    properties = event["ResourceProperties"]
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": f"{properties['Bucket']}/{properties['Key']}",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    try:
        if event["RequestType"] != "Delete":
            write(boto3.client("s3"), properties)
    except Exception as error:
        answer.update(Status="FAILED", Reason=f"cannot write the health object: {error}")
    reply(event["ResponseURL"], answer)


def write(s3: Any, properties: dict[str, Any], *, pause: float = 3) -> None:
    """Put the object, again if its replication fails; a copy still on its way after `PATIENCE` is left to S3."""
    target = {"Bucket": properties["Bucket"], "Key": properties["Key"]}
    copies = [(copy["Bucket"], boto3.client("s3", region_name=copy["Region"])) for copy in properties.get("Copies", [])]
    end, looks = time.monotonic() + PATIENCE, 0
    while True:
        try:
            put(s3, target, properties["Body"])
            status = replication_status(s3, target, copies)
            break
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("AccessDenied", "403") or time.monotonic() > end:
                raise
        time.sleep(pause)
    while properties["ReplicatedTo"] and status in ("PENDING", "FAILED") and time.monotonic() < end:
        time.sleep(pause)
        looks += 1
        if status == "FAILED" or (copies and looks % LOOKS == 0):
            put(s3, target, properties["Body"])
        status = replication_status(s3, target, copies)
    if status == "FAILED":
        raise RuntimeError("replication failed: check the replication role and the destination buckets")


def put(s3: Any, target: dict[str, str], body: str) -> None:
    """Put the object, to be cached by nobody.

    It is encrypted with S3's own key whatever the bucket's default is: checkers have no credentials, so they could not
    use a KMS key. A replica keeps the kind of encryption (S3 User Guide, replication-config-for-kms-objects).
    """
    how = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "no-store", "ServerSideEncryption": "AES256"}
    s3.put_object(**target, Body=body.encode(), **how)


def replication_status(s3: Any, target: dict[str, str], copies: list[tuple[str, Any]]) -> str:
    """Return what S3 says, PENDING, COMPLETED, FAILED or nothing without a rule; or what the copies themselves show."""
    head = s3.head_object(**target)
    if not copies:
        return str(head.get("ReplicationStatus", ""))
    there = all(etag(client, {**target, "Bucket": name}) == head["ETag"] for name, client in copies)
    return "COMPLETED" if there else "PENDING"


def etag(s3: Any, target: dict[str, str]) -> str | None:
    """Return what tells equal content, None where there is nothing yet: to who may not list, that is 403."""
    try:
        return str(s3.head_object(**target)["ETag"])
    except ClientError as error:
        if error.response["Error"]["Code"] in ("403", "404"):
            return None
        raise


def reply(url: str, answer: dict[str, str]) -> None:
    """Put the answer where CloudFormation waits for it."""
    # An empty content type: the presigned URL was signed without one.
    body = json.dumps(answer).encode()
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
