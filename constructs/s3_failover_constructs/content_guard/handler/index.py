"""Custom resource: fails an update by which viewers would be sent to a copy that lacks what they get now."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from s3_failover_constructs.custom_resource import answer_to, reply

SAMPLE = 20
"""How many keys are looked for in another copy."""

CALLS = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
"""The refusal names a region that does not answer; nothing waits for it."""

ACCEPT = "or set accept_empty_copies = true in failover.toml to go on without"


def handler(event: dict[str, Any], _context: object) -> None:
    """Answer a CloudFormation custom resource event."""
    answer = answer_to(event, "content-guard")
    if event["RequestType"] == "Update":
        try:
            problem = refusal(event["ResourceProperties"], event["OldResourceProperties"])
        except Exception as error:
            problem = f"cannot compare the copies: {error}; repeat the deployment, {ACCEPT}"
        if problem and not is_rolling_back(event["StackId"]):
            answer.update(Status="FAILED", Reason=problem)
    reply(event["ResponseURL"], answer)


def refusal(new: dict[str, Any], old: dict[str, Any]) -> str | None:
    """Return why an update must not go on, or None."""
    if new["Accepted"] == "true":
        return None
    primary, former, secondary = new["Primary"], old["Primary"], new["Secondary"]
    if primary != former:
        served, keys = served_so_far(old)
        if missing := lacking(primary, keys):
            return (
                f"{primary['Bucket']} lacks what {served} holds, for example {missing}: "
                f"viewers would get nothing. Publish to {primary['Bucket']} and deploy again, {ACCEPT}"
            )
    if (primary, secondary) != (former, old["Secondary"]):
        wanted = [key for key in keys_of(primary, new) if key.startswith(tuple(new["Prefixes"]) or "")]
        if missing := lacking(secondary, wanted):
            return (
                f"{secondary['Bucket']} lacks what {primary['Bucket']} holds, for example {missing}: viewers would be "
                f"sent to an empty secondary. Run `s3-failover backfill` and deploy again, {ACCEPT}"
            )
    return None


def served_so_far(old: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the bucket that viewers are served from so far, and some of its keys.

    It is the primary so far, or the secondary where the primary's region does not answer, as one that is lost for good.
    """
    former, secondary = old["Primary"], old["Secondary"]
    try:
        return f"{former['Bucket']}, the primary so far,", keys_of(former, old)
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise
        return f"{secondary['Bucket']}, which serves while {former['Bucket']} does not answer,", keys_of(secondary, old)


def keys_of(place: dict[str, str], properties: dict[str, Any]) -> list[str]:
    """Return some keys of a bucket, the health object's not among them."""
    found = client(place).list_objects_v2(Bucket=place["Bucket"], MaxKeys=10 * SAMPLE).get("Contents", [])
    keys = [each["Key"] for each in found if each["Key"] != properties["HealthKey"]]
    return keys[:: max(1, len(keys) // SAMPLE)][:SAMPLE]


def lacking(place: dict[str, str], keys: list[str]) -> str | None:
    """Return one of the keys if a bucket has not even half of them: a few may be on their way, or deleted since."""
    s3 = client(place)
    missing = [key for key in keys if not has(s3, place["Bucket"], key)]
    return missing[0] if 2 * len(missing) > len(keys) else None


def has(s3: Any, bucket: str, key: str) -> bool:
    """Tell whether a bucket has a key: listing tells it without permission to read."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
    return bool(found) and found[0]["Key"] == key


def client(place: dict[str, str]) -> Any:
    """Return a client for the region of a bucket."""
    return boto3.client("s3", region_name=place["Region"], config=CALLS)


def is_rolling_back(stack: str) -> bool:
    """Tell whether CloudFormation takes an update back, which nothing may stop; so does an answer that is missing."""
    try:
        found = boto3.client("cloudformation", config=CALLS).describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        print(f"cannot look at {stack}, let it pass: {error}")  # noqa: T201 - the function's log
        return True
    return "ROLLBACK" in found["StackStatus"]
