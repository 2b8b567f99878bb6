"""Buckets that a site takes for granted: here they are made, with what `s3-failover policies` prints put on them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from breakable_aws import aws
from breakable_aws.handle import Emulator
from s3_failover.config import Site
from s3_failover.operations.refusals import found_or_none
from s3_failover.policies import Document, DocumentKind, documents

BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
"""How S3 makes buckets today (S3 User Guide, access-control-block-public-access)."""


def before(emulator: Emulator, site: Site) -> None:
    """Make the existing buckets and put everything on them that needs no stack; those that exist stay."""
    for bucket, region in _buckets(site):
        _create(emulator, bucket, region)
    for document in documents(site, emulator.account):
        if document.kind is not DocumentKind.REPLICATION:
            put(emulator, document)


def after(emulator: Emulator, site: Site) -> None:
    """Put the rest when the stacks are there, and copy the health object onto itself so that it replicates."""
    for document in documents(site, emulator.account):
        if document.kind is DocumentKind.REPLICATION:
            put(emulator, document)
            _copy_onto_itself(emulator, document, site.health_key)


def put(emulator: Emulator, document: Document) -> None:
    """Put one document; the statements of a policy are added to those that are there. A role is left alone."""
    if document.region is None:
        return
    client = aws.client(emulator, "s3", document.region)
    name, body = {"Bucket": document.resource}, document.body
    if document.kind is DocumentKind.POLICY:
        client.put_bucket_policy(**name, Policy=json.dumps({**body, "Statement": _with_those_there(client, document)}))
    elif document.kind is DocumentKind.VERSIONING:
        client.put_bucket_versioning(**name, VersioningConfiguration=body)
    elif document.kind is DocumentKind.PUBLIC_ACCESS:
        client.put_public_access_block(**name, PublicAccessBlockConfiguration=body)
    elif document.kind is DocumentKind.WEBSITE:
        client.put_bucket_website(**name, WebsiteConfiguration=body)
    elif document.kind is DocumentKind.CORS:
        client.put_bucket_cors(**name, CORSConfiguration=body)
    elif document.kind is DocumentKind.REPLICATION:
        client.put_bucket_replication(**name, ReplicationConfiguration=body)


def _with_those_there(client: Any, document: Document) -> list[dict[str, Any]]:
    wanted: list[dict[str, Any]] = document.body["Statement"]
    policy = found_or_none(lambda: client.get_bucket_policy(Bucket=document.resource)["Policy"], "NoSuchBucketPolicy")
    there = json.loads(policy)["Statement"] if policy else []
    return [*(statement for statement in there if statement not in wanted), *wanted]


def _buckets(site: Site) -> Iterator[tuple[str, str]]:
    existing = site.existing
    if existing.primary_bucket is not None:
        yield existing.primary_bucket, site.primary_region
    yield from _named(existing.replica_buckets)
    yield from _named(existing.log_buckets)
    if existing.cdn_log_bucket is not None:
        yield existing.cdn_log_bucket, "us-east-1"


def _named(buckets: dict[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, region) for region, name in buckets.items())


def _create(emulator: Emulator, bucket: str, region: str) -> None:
    client = aws.client(emulator, "s3", region)
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        client.create_bucket(Bucket=bucket, **elsewhere)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    else:
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=BLOCKED)


def _copy_onto_itself(emulator: Emulator, document: Document, key: str) -> None:
    client = aws.client(emulator, "s3", str(document.region))
    bucket = document.resource
    client.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": key},
        MetadataDirective="REPLACE",
        ContentType="text/plain; charset=utf-8",
        CacheControl="no-store",
    )
