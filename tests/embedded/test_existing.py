"""A site in buckets that were there before: `s3-failover policies` says what they need, and with that it works."""

import json

import pytest
from botocore.exceptions import ClientError

from s3_failover.policies import Kind, documents

pytestmark = pytest.mark.embedded

SITE = """
[sites.own]
hostname        = "own.example.com"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1", "us-west-2"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "hybrid"

[sites.own.existing]
primary_bucket  = "own-content"
replica_buckets = { eu-central-1 = "own.example.com" }
log_buckets     = { us-west-2 = "own-logs" }
cdn_log_bucket  = "own-cdn-logs"
"""

BUCKETS = {
    "own-content": "eu-west-1",
    "own.example.com": "eu-central-1",
    "own-logs": "us-west-2",
    "own-cdn-logs": "us-east-1",
}

LATER = (Kind.REPLICATION,)
"""What can only be put when the stacks are there."""


def put(aws, document):
    """Put a document as a person does with the AWS CLI; statements are added to the policy that is there."""
    s3, bucket = aws.client("s3", document.region), {"Bucket": document.resource}
    if document.kind is Kind.VERSIONING:
        s3.put_bucket_versioning(**bucket, VersioningConfiguration=document.body)
    elif document.kind is Kind.POLICY:
        body = {**document.body, "Statement": [*policy(s3, bucket), *document.body["Statement"]]}
        s3.put_bucket_policy(**bucket, Policy=json.dumps(body))
    elif document.kind is Kind.PUBLIC_ACCESS:
        s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=document.body)
    elif document.kind is Kind.WEBSITE:
        s3.put_bucket_website(**bucket, WebsiteConfiguration=document.body)
    elif document.kind is Kind.REPLICATION:
        s3.put_bucket_replication(**bucket, ReplicationConfiguration=document.body)


def policy(s3, bucket):
    try:
        return json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]
    except ClientError:
        return []


@pytest.fixture(scope="module")
def own(aws, tmp_path_factory):
    """The deployed site, in buckets made and set up by hand."""
    for bucket, region in BUCKETS.items():
        location = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        aws.client("s3", region).create_bucket(Bucket=bucket, **location)
        aws.client("s3", region).put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration=dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            ),
        )
    folder = tmp_path_factory.mktemp("own")
    site = aws.read(SITE, folder)["own"]
    needed = documents(site, aws.emulator.account)
    for document in needed:
        if document.kind not in LATER:
            put(aws, document)
    deployed = aws.deploy(SITE, folder)["own"]
    for document in needed:
        if document.kind in LATER:
            put(aws, document)
    return deployed


def test_what_is_published_reaches_every_copy_and_both_legs(own):
    own.put("page.txt", b"content")
    assert own.distribution("page.txt").body == b"content"
    assert own.website("page.txt").body == b"content"
    assert own.read("us-west-2", "page.txt") == b"content"


def test_checkers_may_read_the_health_object_and_nobody_else(own):
    own.put("secret.txt", b"content")
    assert own.rest("eu-west-1", own.site.health_key, source="54.183.255.130").status == 200
    assert own.rest("eu-west-1", "secret.txt", source="54.183.255.130").status == 403
    assert own.rest("eu-west-1", own.site.health_key, source="192.0.2.1").status == 403


def test_the_health_object_is_there_and_cannot_be_deleted(own):
    for region, bucket in (("eu-west-1", "own-content"), ("eu-central-1", "own.example.com")):
        with pytest.raises(ClientError, match="AccessDenied"):
            own.aws.client("s3", region).delete_object(Bucket=bucket, Key=own.site.health_key)
    assert own.read("eu-west-1", own.site.health_key)


def test_the_health_object_replicates_when_it_is_copied_onto_itself(own):
    key = own.site.health_key
    version = own.s3.copy_object(
        Bucket="own-content",
        Key=key,
        CopySource={"Bucket": "own-content", "Key": key},
        MetadataDirective="REPLACE",
        ContentType="text/plain; charset=utf-8",
        CacheControl="no-store",
    )["VersionId"]
    own.wait_for_replicas(key, version)
    assert own.website(key).status == 200


def test_the_distribution_falls_back_to_the_replica_that_was_there(own):
    own.put("fallback.txt", b"content")
    own.aws.client("s3", "eu-central-1").head_object(Bucket="own.example.com", Key="fallback.txt")
    own.s3.put_bucket_policy(
        Bucket="own-content", Policy=json.dumps({"Version": "2012-10-17", "Statement": [DENY_CLOUDFRONT]})
    )
    try:
        assert own.distribution("fallback.txt").body == b"content"
    finally:
        own.s3.delete_bucket_policy(Bucket="own-content")
        [document] = [
            d
            for d in documents(own.site, own.aws.emulator.account)
            if (d.kind, d.resource) == (Kind.POLICY, "own-content")
        ]
        put(own.aws, document)


DENY_CLOUDFRONT = {
    "Effect": "Deny",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::own-content/*",
}


def test_no_stack_owns_or_changes_what_was_there(own):
    owned = set()
    for stack in own.stacks().values():
        region = stack["StackId"].split(":")[3]
        pages = own.aws.client("cloudformation", region).get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=stack["StackName"]):
            owned.update(
                resource["PhysicalResourceId"]
                for resource in page["StackResourceSummaries"]
                if resource["ResourceType"].startswith("AWS::S3::")
            )
    assert owned == {"own-example-com-replica-123456789012-us-west-2"}


def test_logs_go_to_the_buckets_that_were_there(own):
    s3 = own.aws.client("s3", "us-west-2")
    logging = s3.get_bucket_logging(Bucket=own.replicas["us-west-2"])["LoggingEnabled"]
    assert (logging["TargetBucket"], logging["TargetPrefix"]) == ("own-logs", "replica/")
    logs = own.aws.client("logs")
    arns = [d["deliveryDestinationArn"] for d in logs.describe_deliveries()["deliveries"]]
    destinations = logs.describe_delivery_destinations()["deliveryDestinations"]
    targets = {
        d["deliveryDestinationConfiguration"]["destinationResourceArn"] for d in destinations if d["arn"] in arns
    }
    assert "arn:aws:s3:::own-cdn-logs" in targets
