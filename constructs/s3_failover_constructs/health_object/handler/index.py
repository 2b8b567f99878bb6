"""Custom resource: writes the health object on create and update, sees it replicated, and never deletes it."""

import json
import time
import urllib.request
from typing import Any

import boto3

PATIENCE = 90
"""Seconds to see the object replicated. A new role may not work for the first few, and a failed copy is not retried."""


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
    status = put(s3, target, properties["Body"])
    end = time.monotonic() + PATIENCE
    while properties["ReplicatedTo"] and status in ("PENDING", "FAILED") and time.monotonic() < end:
        time.sleep(pause)
        if status == "FAILED":
            put(s3, target, properties["Body"])
        status = replication_status(s3, target)
    if status == "FAILED":
        raise RuntimeError("replication failed: check the replication role and the destination buckets")


def put(s3: Any, target: dict[str, str], body: str) -> str:
    """Put the object, to be cached by nobody, and return its replication status.

    It is encrypted with S3's own key whatever the bucket's default is: checkers have no credentials, so they could not
    use a KMS key. A replica keeps the kind of encryption (S3 User Guide, replication-config-for-kms-objects).
    """
    how = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "no-store", "ServerSideEncryption": "AES256"}
    s3.put_object(**target, Body=body.encode(), **how)
    return replication_status(s3, target)


def replication_status(s3: Any, target: dict[str, str]) -> str:
    """Return PENDING, COMPLETED or FAILED, or nothing where no rule applies."""
    return str(s3.head_object(**target).get("ReplicationStatus", ""))


def reply(url: str, answer: dict[str, str]) -> None:
    """Put the answer where CloudFormation waits for it."""
    # An empty content type: the presigned URL was signed without one.
    body = json.dumps(answer).encode()
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
