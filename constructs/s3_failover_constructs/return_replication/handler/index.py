"""Custom resource: puts the replication rules of a bucket, and removes them when it goes if they are still its own."""

import json
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from s3_failover_constructs.custom_resource import answer_to, reply

PATIENCE = 90
"""Seconds to try again whatever S3 refuses: a new role, for one, is not known everywhere at once."""

VERSIONING_PATIENCE = 810
"""Seconds to try again while S3 says that a bucket has no versioning, 90 less than the function has. S3 may take 15
minutes until it is in effect everywhere (S3 User Guide, manage-versioning-examples)."""

LONGEST_PAUSE = 30
"""Seconds between two attempts at most: the pause doubles."""

CALLS = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
"""No call outlives what the patience leaves of the function's time."""

GONE = ("NoSuchBucket", "ReplicationConfigurationNotFoundError")


def handler(event: dict[str, Any], _context: object) -> None:
    """Answer a CloudFormation custom resource event."""
    properties = event["ResourceProperties"]
    answer = answer_to(event, f"{properties['Bucket']}/replication")
    try:
        s3 = boto3.client("s3", region_name=properties["Region"], config=CALLS)
        (remove if event["RequestType"] == "Delete" else write)(s3, properties)
    except Exception as error:
        answer.update(Status="FAILED", Reason=f"cannot write the rules of {properties['Bucket']}: {error}")
    reply(event["ResponseURL"], answer)


def write(s3: Any, properties: dict[str, Any], *, clock: Any = time.monotonic, pause: Any = time.sleep) -> None:
    """Put the rules in the place of whatever rules there are."""
    configuration = {"Role": properties["Role"], "Rules": json.loads(properties["Rules"])}
    begin, wait = clock(), 3
    while True:
        try:
            s3.put_bucket_replication(Bucket=properties["Bucket"], ReplicationConfiguration=configuration)
            return
        except ClientError as error:
            if clock() + wait > begin + patience(error):
                raise
        pause(wait)
        wait = min(2 * wait, LONGEST_PAUSE)


def patience(error: ClientError) -> int:
    """Return for how many seconds an error may be one that waiting cures."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    return VERSIONING_PATIENCE if code == "InvalidRequest" and "versioning" in message.lower() else PATIENCE


def remove(s3: Any, properties: dict[str, Any]) -> None:
    """Remove the rules that this resource has put: they have its role."""
    bucket = properties["Bucket"]
    try:
        found = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
        if found["Role"] == properties["Role"]:
            s3.delete_bucket_replication(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
