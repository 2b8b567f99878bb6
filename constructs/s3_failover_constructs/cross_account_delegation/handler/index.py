"""Custom resource: writes the NS record that delegates a zone into its parent, and never deletes it."""

import time
from typing import Any

import boto3
from botocore.exceptions import ClientError

from s3_failover_constructs.custom_resource import answer_to, reply

PATIENCE = 90
"""Seconds to be let into the parent's account: permissions that are seconds old may not be there yet."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Answer a CloudFormation custom resource event."""
    properties = event["ResourceProperties"]
    answer = answer_to(event, f"{properties['ParentId']}/{properties['ZoneName']}")
    try:
        if event["RequestType"] != "Delete":
            delegate(properties)
    except Exception as error:
        answer.update(Status="FAILED", Reason=f"cannot delegate {properties['ZoneName']}: {error}")
    reply(event["ResponseURL"], answer)


def delegate(properties: dict[str, Any], *, pause: float = 3) -> None:
    """Write the NS record as the role in the parent's account."""
    session = credentials(properties["RoleArn"], pause)
    route53: Any = boto3.client(
        "route53",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    record = {
        "Name": properties["ZoneName"],
        "Type": "NS",
        "TTL": int(properties["Ttl"]),
        "ResourceRecords": [{"Value": server} for server in properties["NameServers"]],
    }
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=properties["ParentId"], ChangeBatch=change)


def credentials(role: str, pause: float) -> Any:
    """Return credentials of the role, tried again while it does not let anybody in."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="s3-failover-delegation")
            return answer["Credentials"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied" or time.monotonic() > end:
                raise
        time.sleep(pause)
