import pytest
from botocore.exceptions import ClientError
from embedded_aws import status_of
from viewers import CHECKER

pytestmark = pytest.mark.embedded

STRANGER = "198.51.100.7"


@pytest.fixture
def key(site):
    return site.site.health_key


@pytest.fixture
def body(site, key):
    return site.read(site.site.primary_region, key)


def test_health_object_is_in_the_primary_and_in_every_replica_under_one_version_id(site, key, body):
    assert body
    assert {site.read(region, key) for region in site.copies} == {body}
    assert len({site.head(region, key)["VersionId"] for region in site.copies}) == 1


def test_health_object_forbids_caching_in_every_copy(site, key):
    assert {site.head(region, key)["CacheControl"] for region in site.copies} == {"no-store"}


@pytest.mark.parametrize("secure", [True, False])
def test_distribution_serves_the_health_path_under_its_hostname(site, key, body, secure):
    answer = site.distribution(key, secure=secure)
    assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, body, "no-store")


def test_distribution_serves_the_health_path_under_its_own_name(site, key, body):
    answer = site.distribution(key, host=site.output("DistributionDomainName"))
    assert (answer.status, answer.body) == (200, body)


def test_secondary_serves_the_health_object(site, key, body):
    answer = site.website(key)
    assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, body, "no-store")


def test_a_health_checker_reads_the_health_object_of_the_private_primary(site, key, body):
    answer = site.rest(site.site.primary_region, key, source=CHECKER)
    assert (answer.status, answer.body) == (200, body)


def test_nobody_else_reads_the_health_object_of_the_private_primary(site, key):
    assert site.rest(site.site.primary_region, key, source=STRANGER).status == 403
    assert site.rest(site.site.primary_region, key).status == 403


def test_a_health_checker_reads_no_other_object_of_the_primary(site):
    site.put("other-than-health.txt", b"content")
    assert site.rest(site.site.primary_region, "other-than-health.txt", source=CHECKER).status == 403


def test_a_health_checker_needs_tls_at_the_private_primary(site, key):
    assert site.rest(site.site.primary_region, key, secure=False, source=CHECKER).status == 403


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return status_of(caught.value), caught.value.response["Error"]["Code"]


def test_health_object_cannot_be_deleted_in_any_copy(site, key):
    for region, bucket in site.copies.items():
        client, version = site.aws.client("s3", region), site.head(region, key)["VersionId"]
        assert refused(client.delete_object, Bucket=bucket, Key=key) == (403, "AccessDenied")
        assert refused(client.delete_object, Bucket=bucket, Key=key, VersionId=version) == (403, "AccessDenied")
        assert site.head(region, key)["VersionId"] == version


def test_a_sync_that_deletes_all_keys_leaves_the_health_object(site, key, body):
    site.put("swept.txt", b"content")
    objects = [{"Key": "swept.txt"}, {"Key": key}]
    answer = site.s3.delete_objects(Bucket=site.primary, Delete={"Objects": objects})
    assert [item["Key"] for item in answer["Deleted"]] == ["swept.txt"]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [(key, "AccessDenied")]
    assert site.read(site.site.primary_region, key) == body


def test_health_object_can_be_written_again_and_reaches_viewers_at_once(site, key, body):
    site.put(key, b"written again", CacheControl="no-store")
    try:
        assert site.distribution(key).body == site.website(key).body == b"written again"
    finally:
        site.put(key, body, CacheControl="no-store", ContentType="text/plain; charset=utf-8")
