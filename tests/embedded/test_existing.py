"""A site in buckets that were there before: `s3-failover policies` says what they need, and with that it works."""

import json

import pytest
from accounts import account_of
from botocore.exceptions import ClientError
from embedded_aws import eventually

from s3_failover.local import existing
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import existing as doctor

pytestmark = [pytest.mark.embedded, pytest.mark.long]

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

[sites.own.cdn]
cors_origins = ["https://app.example.com"]
"""


@pytest.fixture(scope="module")
def own(aws, tmp_path_factory):
    """The deployed site; `local deploy` has made its buckets and put the printed documents on them."""
    return aws.deploy(SITE, tmp_path_factory.mktemp("own"))["own"]


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


def test_the_health_object_has_replicated_too(own):
    for region in own.copies:
        eventually(lambda region=region: own.head(region, own.site.health_key))
    assert own.website(own.site.health_key).status == 200


def test_documents_can_be_put_again_without_another_effect(own):
    before = own.s3.get_bucket_policy(Bucket="own-content")["Policy"]
    existing.before(own.aws.emulator, own.site)
    assert json.loads(own.s3.get_bucket_policy(Bucket="own-content")["Policy"]) == json.loads(before)


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
        existing.before(own.aws.emulator, own.site)


DENY_CLOUDFRONT = {
    "Effect": "Deny",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::own-content/*",
}


def test_scripts_of_the_same_origins_may_read_both_legs(own):
    own.put("shared.txt", b"content")
    origin = {"Origin": "https://app.example.com"}
    for leg in (own.distribution, own.website):
        assert leg("shared.txt", headers=origin).headers["access-control-allow-origin"] == origin["Origin"]


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


@pytest.fixture
def found(own):
    """Returns where a doctor finds something amiss at the buckets that were there."""
    account = account_of(own.aws.emulator)
    return lambda: [finding.where for finding in doctor.look(Deployment(own.site, account))]


def test_doctor_finds_nothing_where_the_printed_documents_were_put(found):
    assert found() == []


def test_doctor_finds_what_somebody_took_away(own, found):
    website = own.aws.client("s3", "eu-central-1")
    own.s3.delete_bucket_policy(Bucket="own-content")
    website.delete_bucket_website(Bucket="own.example.com")
    website.delete_bucket_cors(Bucket="own.example.com")
    website.delete_public_access_block(Bucket="own.example.com")
    try:
        assert found() == [
            "public-access-block of own.example.com in eu-central-1",
            "bucket-website of own.example.com in eu-central-1",
            "bucket-cors of own.example.com in eu-central-1",
            "bucket-policy of own-content in eu-west-1",
        ]
    finally:
        existing.before(own.aws.emulator, own.site)
