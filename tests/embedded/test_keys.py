"""A hybrid site whose copies have KMS keys, two-way, with its secondary on another provider's CDN."""

import json
from datetime import timedelta

import pytest
from accounts import account_of
from embedded_aws import eventually

from s3_failover.operations.backfill import direct, work
from s3_failover.operations.backfill.result import Engine
from s3_failover.operations.verify import Scope

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITE = """
[sites.vault]
hostname        = "vault.example.net"
primary_region  = "eu-west-1"
replica_regions = ["us-west-2", "eu-central-1"]
hosted_zone     = { id = "Z0KMSKEYS0ABCDEFGHIJ", name = "example.net" }
mode            = "hybrid"
secondary       = { type = "external", hostname = "vault.cdn.example.org" }
encryption      = "kms"
replication     = { two_way = true }
clients         = {}
"""
REGIONS = ("eu-west-1", "us-west-2", "eu-central-1")
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


@pytest.fixture(scope="module")
def site(aws, tmp_path_factory):
    return aws.deploy(SITE, tmp_path_factory.mktemp("keys"))["vault"]


def key_of(site, region):
    return site.aws.client("kms", region).describe_key(KeyId=site.site.key_alias)["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("source", REGIONS)
def test_what_is_written_to_any_copy_has_in_each_the_key_of_its_region(site, source):
    key = f"from-{source}.txt"
    client = site.aws.client("s3", source)
    version = client.put_object(Bucket=site.copies[source], Key=key, Body=b"secret")["VersionId"]
    for region in REGIONS:
        found = eventually(lambda region=region: site.head(region, key, VersionId=version))
        assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key_of(site, region))


def test_a_backfill_gives_each_copy_the_key_of_its_region_and_leaves_s3s_own_where_that_was(site):
    account = account_of(site.aws.emulator)
    before = site.s3.get_bucket_replication(Bucket=site.primary)["ReplicationConfiguration"]
    rules = [rule | {"Status": "Disabled"} for rule in before["Rules"]]
    site.s3.put_bucket_replication(Bucket=site.primary, ReplicationConfiguration=before | {"Rules": rules})
    site.s3.put_object(Bucket=site.primary, Key="unseen/ours", Body=b"secret")
    site.s3.put_object(Bucket=site.primary, Key="unseen/s3s", Body=b"open", ServerSideEncryption="AES256")
    site.s3.put_bucket_replication(Bucket=site.primary, ReplicationConfiguration=before)
    found = work.compare(site.site, account, Scope(prefix="unseen/", settle=timedelta(0), sample=None), Engine.DIRECT)
    regions = site.site.replica_regions
    done = direct.replicate(site.site, account, found.items, regions=regions, seconds=120, say=lambda line: None)
    assert done.succeeded == 2
    for region in REGIONS:
        ours, s3s = site.head(region, "unseen/ours"), site.head(region, "unseen/s3s")
        assert (ours["ServerSideEncryption"], ours["SSEKMSKeyId"]) == ("aws:kms", key_of(site, region))
        assert s3s["ServerSideEncryption"] == "AES256"


def test_distribution_decrypts_what_it_serves(site):
    site.put("page.html", b"<h1>hello</h1>", ContentType="text/html")
    assert site.distribution("page.html").body == b"<h1>hello</h1>"


def test_distribution_decrypts_the_replica_when_the_primary_refuses(site, policy_of):
    site.put("page.html", b"<h1>hello</h1>", ContentType="text/html")
    with policy_of(site, lambda statements: [s for s in statements if s["Principal"] != CLOUDFRONT]):
        answer = site.distribution("page.html")
    assert (answer.status, answer.body) == (200, b"<h1>hello</h1>")


def test_distribution_serves_nothing_that_it_may_not_decrypt(site):
    site.put("page.html", b"<h1>hello</h1>")
    closed = [closed_to_cloudfront(site, region) for region in REGIONS[:2]]
    try:
        assert site.distribution("page.html").status == 403
        assert site.distribution(site.site.health_key).status == 200
    finally:
        for kms, key, policy in closed:
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    assert site.distribution("page.html").status == 200


def closed_to_cloudfront(site, region):
    kms, key = site.aws.client("kms", region), key_of(site, region)
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(before)
    document["Statement"] = [s for s in document["Statement"] if s["Principal"] != CLOUDFRONT]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    return kms, key, before


def test_health_checkers_read_the_health_object_without_any_key(site):
    """The one object that must be readable without credentials has S3's own encryption in every copy."""
    for region in REGIONS:
        assert site.head(region, site.site.health_key)["ServerSideEncryption"] == "AES256"
    assert site.rest("eu-west-1", site.site.health_key, source="15.177.0.1").status == 200


def test_nobody_reads_content_without_credentials(site):
    site.put("page.html", b"<h1>hello</h1>")
    for region in REGIONS:
        assert site.rest(region, "page.html").status == 403
