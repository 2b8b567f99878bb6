"""Published objects, read back over every way a viewer can come and from every bucket that holds a copy."""

import os
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError
from embedded_aws import eventually, status_of

pytestmark = pytest.mark.embedded

PART = 5 * 1024 * 1024 + 1
ERROR_PAGE = b"<h1>not here</h1>"


@dataclass(frozen=True)
class Case:
    key: str
    body: bytes
    settings: dict


CASES = {
    "empty": Case("empty.bin", b"", {}),
    "unicode": Case("a b/grüße & π+~(1).txt", "grüße".encode(), {"ContentType": "text/plain; charset=utf-8"}),
    "settings": Case(
        "settings.json",
        b"{}",
        {
            "ContentType": "application/json",
            "CacheControl": "public, max-age=31536000, immutable",
            "ContentLanguage": "de",
            "Metadata": {"build": "42"},
            "Tagging": "team=web&stage=live",
        },
    ),
    "parts": Case("parts.bin", os.urandom(PART) + b"the rest", {"ContentType": "video/mp4"}),
}


@pytest.fixture(scope="module")
def published(site):
    """The version id of each case's object."""
    site.put("index.html", b"<h1>home</h1>", ContentType="text/html")
    site.put("error.html", ERROR_PAGE, ContentType="text/html")
    simple = {name: case for name, case in CASES.items() if name != "parts"}
    versions = {name: site.put(case.key, case.body, **case.settings) for name, case in simple.items()}
    return versions | {"parts": put_in_parts(site, CASES["parts"])}


def put_in_parts(site, case):
    target = {"Bucket": site.primary, "Key": case.key}
    upload = {**target, "UploadId": site.s3.create_multipart_upload(**target, **case.settings)["UploadId"]}
    done = []
    for number, piece in enumerate((case.body[:PART], case.body[PART:]), start=1):
        etag = site.s3.upload_part(**upload, PartNumber=number, Body=piece)["ETag"]
        done.append({"PartNumber": number, "ETag": etag})
    version = site.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})["VersionId"]
    site.wait_for_replicas(case.key, version)
    return version


@pytest.mark.parametrize("name", CASES)
def test_distribution_serves_the_object_byte_for_byte_over_verified_https(site, published, name):
    answer = site.distribution(CASES[name].key)
    assert (answer.status, answer.body == CASES[name].body) == (200, True)


@pytest.mark.parametrize("name", CASES)
def test_secondary_serves_the_replicated_object_byte_for_byte(site, published, name):
    answer = site.website(CASES[name].key)
    assert (answer.status, answer.body == CASES[name].body) == (200, True)


@pytest.mark.parametrize("name", CASES)
def test_every_replica_has_the_bytes_under_the_same_version_id(site, published, name):
    for region in site.replicas:
        assert site.read(region, CASES[name].key) == CASES[name].body
        assert site.head(region, CASES[name].key)["VersionId"] == published[name]


@pytest.mark.parametrize("name", CASES)
def test_source_says_completed_and_every_copy_says_replica(site, published, name):
    assert site.head(site.site.primary_region, CASES[name].key)["ReplicationStatus"] == "COMPLETED"
    statuses = {site.head(region, CASES[name].key)["ReplicationStatus"] for region in site.replicas}
    assert statuses == {"REPLICA"}


def test_replicas_have_the_settings_the_metadata_and_the_tags(site, published):
    key = CASES["settings"].key
    for region, bucket in site.replicas.items():
        head = site.head(region, key)
        assert head["ContentType"] == "application/json"
        assert head["CacheControl"] == "public, max-age=31536000, immutable"
        assert head["ContentLanguage"] == "de"
        assert head["Metadata"] == {"build": "42"}
        tags = site.aws.client("s3", region).get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "web", "stage": "live"}


@pytest.mark.parametrize("way", ["distribution", "website"])
def test_viewers_get_content_type_caching_and_metadata(site, published, way):
    headers = getattr(site, way)(CASES["settings"].key).headers
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-amz-meta-build"] == "42"


def test_an_upload_in_parts_has_the_same_etag_everywhere(site, published):
    etags = {site.head(region, CASES["parts"].key)["ETag"] for region in site.copies}
    assert len(etags) == 1
    assert etags.pop().endswith('-2"')


@pytest.mark.parametrize("way", ["distribution", "website"])
def test_the_root_is_the_index_document(site, published, way):
    answer = getattr(site, way)()
    assert (answer.status, answer.body) == (200, b"<h1>home</h1>")


def test_an_overwritten_object_is_the_new_one_everywhere(site, published):
    first = site.put("overwritten.txt", b"old")
    second = site.put("overwritten.txt", b"new")
    assert first != second
    assert {site.read(region, "overwritten.txt") for region in site.copies} == {b"new"}
    assert site.distribution("overwritten.txt").body == site.website("overwritten.txt").body == b"new"


def test_the_overwritten_version_is_still_there_in_every_copy(site, published):
    first = site.put("kept.txt", b"old")
    site.put("kept.txt", b"new")
    for region, bucket in site.copies.items():
        old = site.aws.client("s3", region).get_object(Bucket=bucket, Key="kept.txt", VersionId=first)
        assert old["Body"].read() == b"old"


@pytest.fixture
def deleted(site, published):
    """The version id of the delete marker of `deleted.txt`."""
    site.put("deleted.txt", b"content")
    marker = site.s3.delete_object(Bucket=site.primary, Key="deleted.txt")["VersionId"]
    for region, bucket in site.replicas.items():
        client = site.aws.client("s3", region)
        eventually(lambda client=client, bucket=bucket: markers(client, bucket, marker))
    return marker


def markers(client, bucket, version):
    listed = client.list_object_versions(Bucket=bucket, Prefix="deleted.txt").get("DeleteMarkers", [])
    return [item["IsLatest"] for item in listed if item["VersionId"] == version]


def test_a_deleted_object_has_its_delete_marker_in_every_replica(site, deleted):
    for region, bucket in site.replicas.items():
        assert markers(site.aws.client("s3", region), bucket, deleted) == [True]
        with pytest.raises(ClientError) as caught:
            site.head(region, "deleted.txt")
        assert status_of(caught.value) == 404


def test_distribution_answers_a_deleted_object_with_404_and_the_error_document(site, deleted):
    answer = site.distribution("deleted.txt")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (404, ERROR_PAGE, "text/html")


def test_secondary_answers_a_deleted_object_with_403_and_the_error_document_as_nobody_may_list(site, deleted):
    answer = site.website("deleted.txt")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (403, ERROR_PAGE, "text/html")
