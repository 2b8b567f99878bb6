"""Who gets in and who does not, asked over real sockets."""

import itertools
import ssl

import pytest
from botocore.exceptions import ClientError
from embedded_aws import status_of

pytestmark = pytest.mark.embedded

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def key(site):
    """The key of an object in every copy."""
    site.put("access.txt", b"content")
    return "access.txt"


@pytest.mark.parametrize("secure", [True, False])
def test_private_primary_refuses_an_anonymous_viewer(site, key, secure):
    answer = site.rest(site.site.primary_region, key, secure=secure)
    assert answer.status == 403
    assert b"<Code>AccessDenied</Code>" in answer.body


@pytest.mark.parametrize("query", ["", "?list-type=2"])
@pytest.mark.parametrize("secure", [True, False])
def test_private_primary_refuses_an_anonymous_listing(site, key, secure, query):
    assert site.rest(site.site.primary_region, secure=secure, query=query).status == 403


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("region", ["us-west-2", "ap-southeast-2"])
def test_private_replicas_refuse_an_anonymous_viewer(dns, region, secure):
    dns.put("access.txt", b"content")
    assert dns.rest(region, "access.txt", secure=secure).status == 403


@pytest.fixture
def another_distribution(dns):
    """Makes a distribution of the same account over a bucket, signing like the site's own; its domain name."""
    cloudfront = dns.aws.client("cloudfront")
    control = cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"][0]["Id"]
    made = []

    def make(region):
        config = over(f"{dns.copies[region]}.s3.{region}.amazonaws.com", control)
        made.append(cloudfront.create_distribution(DistributionConfig=config))
        return made[-1]["Distribution"]["DomainName"]

    yield make
    for answer in made:
        remove(cloudfront, answer["Distribution"]["Id"])


def over(bucket, control):
    origin = {
        "Id": "bucket",
        "DomainName": bucket,
        "OriginAccessControlId": control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": CACHING_DISABLED}
    return {
        "CallerReference": f"another-{next(_numbers)}",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behavior,
    }


def remove(cloudfront, identifier):
    answer = cloudfront.get_distribution_config(Id=identifier)
    config = answer["DistributionConfig"] | {"Enabled": False}
    updated = cloudfront.update_distribution(Id=identifier, DistributionConfig=config, IfMatch=answer["ETag"])
    cloudfront.delete_distribution(Id=identifier, IfMatch=updated["ETag"])


def test_primary_admits_any_distribution_of_the_account_until_one_is_named(dns, another_distribution):
    dns.put("access.txt", b"content")
    answer = dns.distribution("access.txt", host=another_distribution("eu-west-1"))
    assert (answer.status, answer.body) == (200, b"content")


@pytest.mark.parametrize("region", ["us-west-2", "ap-southeast-2"])
def test_private_replicas_refuse_a_distribution_of_the_account(dns, another_distribution, region):
    dns.put("access.txt", b"content")
    assert dns.distribution("access.txt", host=another_distribution(region)).status == 403


def test_primary_refuses_the_distribution_once_its_policy_names_another(dns, policy_of):
    dns.put("access.txt", b"content")
    with policy_of(dns, lambda statements: [named("E0000000000000", s) for s in statements]):
        assert dns.distribution("access.txt").status == 403
        assert dns.distribution(dns.site.health_key).status == 403
    assert dns.distribution("access.txt").status == 200


def test_primary_admits_the_distribution_when_its_policy_names_it(site, policy_of, key):
    with policy_of(site, lambda statements: [named(site.output("DistributionId"), s) for s in statements]):
        assert site.distribution(key).status == 200


def named(distribution, statement):
    if statement["Principal"] != {"Service": "cloudfront.amazonaws.com"}:
        return statement
    return statement | {
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::123456789012:distribution/{distribution}"}}
    }


def test_website_bucket_lets_anyone_get_an_object_over_http(site, key):
    assert site.website(key).body == b"content"
    assert site.rest(site.site.replica_regions[0], key, secure=False).body == b"content"


@pytest.mark.parametrize("query", ["", "?list-type=2", "?versions", "?acl", "?policy"])
def test_website_bucket_refuses_a_listing_and_everything_else(site, key, query):
    assert site.rest(site.site.replica_regions[0], secure=False, query=query).status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_website_refuses_to_be_changed(site, key, method):
    assert site.website(key, method=method).status == 405
    assert site.rest(site.site.replica_regions[0], key, secure=False, method=method).status == 403
    assert site.read(site.site.replica_regions[0], key) == b"content"


def test_website_speaks_no_tls(site, key):
    region = site.site.replica_regions[0]
    with pytest.raises((ssl.SSLError, ConnectionError)):
        site.rest(region, key)


def test_distribution_takes_get_and_head_only(site, key):
    assert site.distribution(key, method="HEAD").status == 200
    assert [site.distribution(key, method=method).status for method in ("PUT", "DELETE", "POST")] == [403] * 3


def test_distribution_cannot_be_made_to_list_the_bucket(site, key):
    assert b"<ListBucketResult" not in site.distribution(query="?list-type=2").body


def test_a_denial_for_the_account_stops_neither_viewers_nor_replication(site, policy_of, key):
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    resource = f"arn:aws:s3:::{site.primary}/{key}"
    deny = {"Effect": "Deny", "Principal": root, "Action": "s3:GetObject", "Resource": resource}
    with policy_of(site, lambda statements: [*statements, deny]):
        with pytest.raises(ClientError) as caught:
            site.read(site.site.primary_region, key)
        site.put(key, b"content")
        assert site.distribution(key).body == site.website(key).body == b"content"
    assert status_of(caught.value) == 403
