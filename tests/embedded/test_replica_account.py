"""A hybrid site whose replicas are in another account, with KMS keys in both."""

import json

import pytest

from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import copies, existing, stacks

pytestmark = [pytest.mark.embedded, pytest.mark.long]

THERE = "222222222222"
SITE = """
[sites.apart]
hostname        = "apart.example.net"
account         = "123456789012"
replica_account = "222222222222"
primary_region  = "eu-west-1"
replica_regions = ["us-west-2", "eu-central-1"]
hosted_zone     = { id = "Z0APART00ABCDEFGHIJK", name = "example.net" }
mode            = "hybrid"
secondary       = { type = "external", hostname = "apart.cdn.example.org" }
encryption      = "kms"
clients         = {}
"""
REPLICAS = ("us-west-2", "eu-central-1")
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


@pytest.fixture(scope="module")
def site(aws, tmp_path_factory):
    return aws.deploy(SITE, tmp_path_factory.mktemp("apart"))["apart"]


@pytest.fixture(scope="module")
def there(aws):
    """Makes clients with the other account's credentials."""
    return lambda service, region: aws.client_of(THERE, service, region)


def put(site, key, body=b"1"):
    return site.s3.put_object(Bucket=site.primary, Key=key, Body=body)["VersionId"]


def test_copies_arrive_in_the_other_account_with_its_keys(site, there):
    version = put(site, "a.txt")
    assert site.head("eu-west-1", "a.txt")["ReplicationStatus"] == "COMPLETED"
    for region in REPLICAS:
        copy = there("s3", region).head_object(Bucket=site.copies[region], Key="a.txt")
        assert (copy["VersionId"], copy["ReplicationStatus"]) == (version, "REPLICA")
        assert copy["SSEKMSKeyId"].split(":")[3:5] == [region, THERE]


def test_the_health_object_arrived_with_the_deployment(site, there):
    for region in REPLICAS:
        copy = there("s3", region).head_object(Bucket=site.copies[region], Key=site.site.health_key)
        assert copy["ServerSideEncryption"] == "AES256"


def test_without_the_other_accounts_consent_nothing_is_copied(site, there):
    s3, bucket = there("s3", "us-west-2"), site.copies["us-west-2"]
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    document = json.loads(before)
    document["Statement"] = [s for s in document["Statement"] if s.get("Sid") != "ReplicationWrites"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    try:
        put(site, "refused.txt")
        assert site.head("eu-west-1", "refused.txt")["ReplicationStatus"] == "FAILED"
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=before)


def test_without_the_other_accounts_key_nothing_is_copied(site, there):
    kms = there("kms", "us-west-2")
    key = kms.describe_key(KeyId=site.site.key_alias)["KeyMetadata"]["KeyId"]
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(before)
    document["Statement"] = [s for s in document["Statement"] if s.get("Sid") != "ReplicationEncrypts"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    try:
        put(site, "unencrypted.txt")
        assert site.head("eu-west-1", "unencrypted.txt")["ReplicationStatus"] == "FAILED"
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before)


def test_distribution_reads_the_other_accounts_replica_when_the_primary_refuses(site, policy_of):
    put(site, "page.html", b"<h1>hello</h1>")
    with policy_of(site, lambda statements: [s for s in statements if s["Principal"] != CLOUDFRONT]):
        answer = site.distribution("page.html")
    assert (answer.status, answer.body) == (200, b"<h1>hello</h1>")


@pytest.mark.parametrize("look", [stacks.look, copies.replication, copies.role, copies.policies, existing.look])
def test_a_doctor_looks_at_nothing_that_the_other_account_does_not_show(site, account, look):
    assert list(look(Deployment(site.site, account))) == []
