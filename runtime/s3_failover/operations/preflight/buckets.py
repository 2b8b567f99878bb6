"""Checks whether bucket names are free or belong to the right stacks, and whether existing buckets are there."""

import functools
from collections.abc import Iterator

from botocore.exceptions import ClientError

from s3_failover.operations.buckets import WantedBucket, wanted
from s3_failover.operations.doctor.stacks import adopting
from s3_failover.operations.permissions import allow
from s3_failover.operations.preflight.finding import Findings, PreflightFinding
from s3_failover.operations.preflight.ground import Ground
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import DeniedError, code, explained, found_or_none

_ELSEWHERE = "another account"


def looks(ground: Ground) -> Iterator[Look]:
    """Return one look for each bucket."""
    for each in dict.fromkeys(wanted(ground.site, ground.account.id)):
        needs = (
            allow(["s3:ListBucket"], [f"arn:aws:s3:::{each.name}"]),
            allow(["s3:ListAllMyBuckets"], ["*"]),
            allow(
                ["cloudformation:DescribeStackResources"], [f"arn:aws:cloudformation:*:{ground.account.id}:stack/*/*"]
            ),
        )
        part = f"{'bucket' if each.role else 'existing bucket'} {each.name} in {each.region}"
        yield Look(part, functools.partial(_look, ground, each), needs)


def _look(ground: Ground, each: WantedBucket) -> Findings:
    where = f"bucket {each.name}"
    region = _place(ground, each)
    if each.role is None:
        yield from _existing(each, region)
    elif not region or ground.has(each.role, each.region, "AWS::S3::Bucket", each.name):
        return
    elif region == _ELSEWHERE:
        what = f"belongs to another account, expected a free name or a bucket of account {ground.account.id}"
        todo = "choose another hostname or `primary_bucket`, or have the bucket's owner delete it"
        yield PreflightFinding("PREFLIGHT-BUCKET-ACCOUNT", where, what, todo)
    elif region != each.region:
        yield _moved(ground, each, region)
    else:
        yield _taken(ground, each)


def _existing(each: WantedBucket, region: str) -> Findings:
    if region in (each.region, _ELSEWHERE):
        return
    where = f"bucket {each.name}, which existing.* names"
    if region:
        what = f"is in {region}, expected {each.region} as the file says"
        yield PreflightFinding("PREFLIGHT-BUCKET-REGION", where, what, "correct existing.* or the regions of the site")
    else:
        todo = f"make it in {each.region}, and put on it what `s3-failover policies` prints; or remove it from the file"
        yield PreflightFinding("PREFLIGHT-BUCKET-MISSING", where, "does not exist, expected it to", todo)


def _moved(ground: Ground, each: WantedBucket, region: str) -> PreflightFinding:
    holder = _stack_of(ground, region, each.name)
    owned = f", in the stack {holder}" if holder else ""
    what = f"exists in {region}{owned}, expected in {each.region} as the file says"
    todo = (
        f"leave {region} in the file; or delete the bucket in {region} when its content is elsewhere, wait until its "
        f"name is free, deploy, and run `s3-failover backfill {ground.site.name}`"
    )
    return PreflightFinding("PREFLIGHT-BUCKET-REGION", f"bucket {each.name}", what, todo)


def _taken(ground: Ground, each: WantedBucket) -> PreflightFinding:
    where = f"bucket {each.name} in {each.region}"
    holder = _stack_of(ground, each.region, each.name)
    if not holder:
        what = "exists in no stack, expected a free name"
        live = "if a live site is served from it, name it in existing.* (docs/operate/moving.md)"
        if each.name in ground.site.redirects:
            live = "the site's bucket will redirect every path: if nothing else is served from it, delete it"
        todo = f"{live}; to adopt it with its content, {adopting(ground.deployment)}"
        return PreflightFinding("PREFLIGHT-BUCKET-ADOPT", where, what, todo)
    what = f"belongs to the stack {holder}, expected a free name"
    todo = (
        f"give the bucket the deletion policy Retain in the stack {holder} and take it out of there, then, "
        f"to adopt it, {adopting(ground.deployment)}"
    )
    return PreflightFinding("PREFLIGHT-BUCKET-STACK", where, what, todo)


def _place(ground: Ground, each: WantedBucket) -> str:
    """Return the region in which a bucket is; empty if it is nowhere.

    S3 tells the region also of what is asked for in another, and answers 403 for what belongs to another account as
    for what these credentials may not see (S3 API, HeadBucket).
    """
    with explained(f"look for the bucket {each.name}"):
        try:
            found = ground.client("s3", each.region).head_bucket(
                Bucket=each.name, ExpectedBucketOwner=ground.account.id
            )
        except ClientError as error:
            if code(error) in ("404", "NoSuchBucket"):
                return ""
            if code(error) != "403" or _is_ours(ground, each):
                raise
            return _ELSEWHERE
    headers = found.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(found.get("BucketRegion") or headers.get("x-amz-bucket-region") or each.region)


def _is_ours(ground: Ground, each: WantedBucket) -> bool:
    """Return whether the account owns a bucket that it may not read; raise DeniedError if it may not list its own."""
    try:
        pages = ground.client("s3", each.region).get_paginator("list_buckets").paginate(Prefix=each.name)
        return any(bucket["Name"] == each.name for page in pages for bucket in page.get("Buckets", ()))
    except ClientError as error:
        what = "may not be looked at, and may be another account's: s3:ListBucket on it or s3:ListAllMyBuckets tells"
        raise DeniedError(f"the bucket {each.name} exists, {what}", permission="s3:ListBucket") from error


def _stack_of(ground: Ground, region: str, physical: str) -> str:
    """Return the name of the stack that has a resource; empty if none has."""
    client = ground.client("cloudformation", region)
    with explained(f"ask which stack has {physical}", service="cloudformation"):
        # That no stack has it is a validation error (CloudFormation API, DescribeStackResources).
        found = found_or_none(lambda: client.describe_stack_resources(PhysicalResourceId=physical), "ValidationError")
    return next((str(each["StackName"]) for each in found["StackResources"]), "") if found else ""
