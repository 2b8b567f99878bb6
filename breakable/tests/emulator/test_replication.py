import json
import urllib.request

import pytest
from replication_templates import BUCKET_ACTIONS, DESTINATION_ACTIONS, SOURCE_ACTIONS, bucket, role, rule

from breakable_aws import secret

pytestmark = pytest.mark.embedded

ROLE = "arn:aws:iam::123456789012:role/replication"


@pytest.fixture(scope="module", autouse=True)
def replication_role(embedded):
    embedded.deploy({"R": role("replication", *BUCKET_ACTIONS, *SOURCE_ACTIONS, *DESTINATION_ACTIONS)})


@pytest.fixture
def site(embedded, unique):
    """A source in us-east-1 with two destinations elsewhere: (s3 client, source, first, second)."""
    source, first, second = unique("source"), unique("first.example.com"), unique("second")
    embedded.deploy({"B": bucket(first)}, region="us-west-2")
    embedded.deploy({"B": bucket(second)}, region="eu-west-1")
    rules = [rule(1, first), rule(2, second, markers="Disabled")]
    embedded.deploy({"B": bucket(source, ReplicationConfiguration={"Role": ROLE, "Rules": rules})})
    return embedded.client("s3"), source, first, second


@pytest.mark.parametrize("key", ["plain.txt", "a b/ü/π+&.txt", "empty"])
def test_every_destination_gets_the_same_version_and_metadata(site, key):
    s3, source, *destinations = site
    body = b"" if key == "empty" else b"content"
    put = s3.put_object(
        Bucket=source,
        Key=key,
        Body=body,
        ContentType="text/x-test",
        CacheControl="no-store",
        Metadata={"m": "1"},
        Tagging="t=1",
    )
    assert s3.head_object(Bucket=source, Key=key)["ReplicationStatus"] == "COMPLETED"
    original = s3.get_object(Bucket=source, Key=key)
    for destination in destinations:
        replica = s3.get_object(Bucket=destination, Key=key)
        assert replica["Body"].read() == body
        assert replica["ReplicationStatus"] == "REPLICA"
        assert replica["VersionId"] == put["VersionId"]
        for same in ("ETag", "ContentType", "CacheControl", "Metadata", "LastModified"):
            assert replica[same] == original[same]
        assert s3.get_object_tagging(Bucket=destination, Key=key)["TagSet"] == [{"Key": "t", "Value": "1"}]
    original["Body"].close()


def test_multipart_uploads_and_copies_replicate(site):
    s3, source, first, _ = site
    upload = s3.create_multipart_upload(Bucket=source, Key="big")["UploadId"]
    part = {"Bucket": source, "Key": "big", "UploadId": upload}
    etags = [s3.upload_part(**part, PartNumber=n, Body=b"x" * size)["ETag"] for n, size in ((1, 5 << 20), (2, 10))]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": parts})
    s3.copy_object(Bucket=source, Key="copy", CopySource={"Bucket": source, "Key": "big"})
    for key in ("big", "copy"):
        original, replica = (s3.head_object(Bucket=name, Key=key) for name in (source, first))
        assert original["ReplicationStatus"] == "COMPLETED"
        assert (replica["ContentLength"], replica["ETag"], replica["VersionId"]) == (
            original["ContentLength"],
            original["ETag"],
            original["VersionId"],
        )


def test_delete_markers_go_where_the_rule_says(site):
    s3, source, first, second = site
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=source, Key="k")["VersionId"]
    assert [m["VersionId"] for m in s3.list_object_versions(Bucket=first, Prefix="k")["DeleteMarkers"]] == [marker]
    assert "DeleteMarkers" not in s3.list_object_versions(Bucket=second, Prefix="k")
    assert s3.head_object(Bucket=second, Key="k")["ContentLength"] == 1
    versions = [v["VersionId"] for v in s3.list_object_versions(Bucket=first, Prefix="k")["Versions"]]
    s3.delete_object(Bucket=source, Key="k", VersionId=versions[0])
    assert len(s3.list_object_versions(Bucket=first, Prefix="k")["Versions"]) == 1, "version deletes never replicate"


@pytest.mark.parametrize("quiet", [True, False])
def test_each_delete_marker_of_a_batch_goes_on_and_no_deleted_version(site, quiet):
    s3, source, first, _ = site
    kept = s3.put_object(Bucket=source, Key="kept", Body=b"1")["VersionId"]
    for key in ("a b/ü", "cr\r"):
        s3.put_object(Bucket=source, Key=key, Body=b"1")
    wrong = {"Key": "kept", "ETag": "0" * 32}
    objects = [{"Key": "a b/ü"}, {"Key": "a b/ü"}, {"Key": "cr\r"}, wrong, {"Key": "kept", "VersionId": kept}]
    answer = s3.delete_objects(Bucket=source, Delete={"Objects": objects, "Quiet": quiet})
    assert ([error["Key"] for error in answer["Errors"]], "Deleted" in answer) == (["kept"], not quiet)

    def markers(of):
        return sorted((m["Key"], m["VersionId"]) for m in s3.list_object_versions(Bucket=of)["DeleteMarkers"])

    assert [key for key, _ in markers(source)] == ["a b/ü", "a b/ü", "cr\r"]
    assert markers(first) == markers(source)
    assert s3.head_object(Bucket=first, Key="kept")["VersionId"] == kept


def test_the_form_of_a_browser_replicates(embedded, site):
    s3, source, first, _ = site
    fields = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("key", "form ü"), ("file", "content"))
    )
    headers = {"content-type": "multipart/form-data; boundary=edge", secret.HEADER: embedded.secret}
    url = f"{embedded.ready['endpoint']}/{source}"
    with urllib.request.urlopen(urllib.request.Request(url, f"{fields}--edge--\r\n".encode(), headers)) as answer:
        version = answer.headers["x-amz-version-id"]
    assert s3.head_object(Bucket=source, Key="form ü")["ReplicationStatus"] == "COMPLETED"
    assert s3.get_object(Bucket=first, Key="form ü", VersionId=version)["Body"].read() == b"content"


def test_a_completion_that_is_asked_for_again_is_not_replicated_again(site):
    s3, source, first, _ = site
    upload = {"Bucket": source, "Key": "big"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    completion = {**upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}
    version = s3.complete_multipart_upload(**completion)["VersionId"]
    s3.put_bucket_versioning(Bucket=first, VersioningConfiguration={"Status": "Suspended"})
    assert s3.complete_multipart_upload(**completion)["VersionId"] == version
    assert s3.head_object(Bucket=source, Key="big")["ReplicationStatus"] == "COMPLETED"


def test_a_refused_configuration_leaves_the_one_before(site):
    s3, source, *_ = site
    before = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
    nowhere = {"Role": ROLE, "Rules": [before["Rules"][0] | {"Destination": {"Bucket": "arn:aws:s3:::nowhere-at-all"}}]}
    with pytest.raises(s3.exceptions.ClientError, match="Destination bucket must exist: nowhere-at-all"):
        s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=nowhere)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"] == before
    s3.delete_bucket_replication(Bucket=source)
    with pytest.raises(s3.exceptions.ClientError, match="ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=source)
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    assert "ReplicationStatus" not in s3.head_object(Bucket=source, Key="k")


def test_a_bucket_that_is_made_again_has_no_rules_of_the_one_before(site):
    s3, source, *_ = site
    s3.delete_bucket(Bucket=source)
    s3.create_bucket(Bucket=source)
    with pytest.raises(s3.exceptions.ClientError, match="ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=source)


def test_the_head_of_a_part_has_its_size(site):
    s3, source, *_ = site
    upload = {"Bucket": source, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    sizes = (5 << 20, 10)
    etags = [s3.upload_part(**upload, PartNumber=n, Body=b"x" * size)["ETag"] for n, size in enumerate(sizes, 1)]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    version = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["VersionId"]
    head = s3.head_object(Bucket=source, Key="parts", PartNumber=2)
    assert (head["ContentLength"], head["PartsCount"]) == (10, 2)
    s3.delete_object(Bucket=source, Key="parts")
    head = s3.head_object(Bucket=source, Key="parts", VersionId=version, PartNumber=2)
    assert (head["ContentLength"], head["PartsCount"]) == (10, 2)


def test_changed_tags_follow(site):
    s3, source, first, _ = site
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    s3.put_object_tagging(Bucket=source, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_object_tagging(Bucket=first, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_object_tagging(Bucket=source, Key="k")
    assert s3.get_object_tagging(Bucket=first, Key="k")["TagSet"] == []


def test_one_lost_destination_fails_the_version_and_the_other_still_gets_it(site):
    s3, source, first, second = site
    s3.put_bucket_versioning(Bucket=first, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    assert s3.head_object(Bucket=source, Key="k")["ReplicationStatus"] == "FAILED"
    assert s3.head_object(Bucket=second, Key="k")["ReplicationStatus"] == "REPLICA"
    assert "Contents" not in s3.list_objects_v2(Bucket=first)


def test_replicas_are_not_replicated_onward(embedded, unique):
    a, b, c = unique("chain-a"), unique("chain-b"), unique("chain-c")
    embedded.deploy({"C": bucket(c)})
    embedded.deploy({"B": bucket(b, ReplicationConfiguration={"Role": ROLE, "Rules": [rule(1, c)]})})
    embedded.deploy({"A": bucket(a, ReplicationConfiguration={"Role": ROLE, "Rules": [rule(1, b)]})})
    s3 = embedded.client("s3")
    s3.put_object(Bucket=a, Key="k", Body=b"1")
    s3.delete_object(Bucket=a, Key="gone")
    assert s3.head_object(Bucket=b, Key="k")["ReplicationStatus"] == "REPLICA"
    assert s3.list_object_versions(Bucket=c).keys().isdisjoint({"Versions", "DeleteMarkers"})


def test_the_highest_priority_rule_decides_per_destination(embedded, unique):
    source, destination = unique("source"), unique("destination")
    embedded.deploy({"D": bucket(destination)})
    rules = [
        rule(1, destination),
        rule(
            2,
            destination,
            prefix="cold/",
            Destination={"Bucket": f"arn:aws:s3:::{destination}", "StorageClass": "STANDARD_IA"},
        ),
    ]
    embedded.deploy({"S": bucket(source, ReplicationConfiguration={"Role": ROLE, "Rules": rules})})
    s3 = embedded.client("s3")
    for key in ("cold/k", "warm/k"):
        s3.put_object(Bucket=source, Key=key, Body=b"1")
    assert s3.head_object(Bucket=destination, Key="cold/k")["StorageClass"] == "STANDARD_IA"
    assert "StorageClass" not in s3.head_object(Bucket=destination, Key="warm/k")
    versions = s3.list_object_versions(Bucket=destination)["Versions"]
    assert len(versions) == 2


@pytest.mark.parametrize("missing", [*BUCKET_ACTIONS, *SOURCE_ACTIONS, "s3:ReplicateObject", "s3:ReplicateTags"])
def test_a_role_that_is_too_narrow_fails_the_replication(embedded, unique, missing):
    source, destination, name = unique("source"), unique("destination"), unique("narrow")
    allowed = {*BUCKET_ACTIONS, *SOURCE_ACTIONS, *DESTINATION_ACTIONS} - {missing}
    replication = {"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Rules": [rule(1, destination)]}
    embedded.deploy({"D": bucket(destination)})
    embedded.deploy({"R": role(name, *sorted(allowed)), "S": bucket(source, ReplicationConfiguration=replication)})
    s3 = embedded.client("s3")
    s3.put_object(Bucket=source, Key="k", Body=b"1", Tagging="t=1")
    assert s3.head_object(Bucket=source, Key="k")["ReplicationStatus"] == "FAILED"
    assert "Contents" not in s3.list_objects_v2(Bucket=destination)


def test_a_role_without_replicate_delete_keeps_delete_markers_back(embedded, unique):
    source, destination, name = unique("source"), unique("destination"), unique("narrow")
    replication = {"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Rules": [rule(1, destination)]}
    actions = (*BUCKET_ACTIONS, *SOURCE_ACTIONS, "s3:ReplicateObject")
    embedded.deploy({"D": bucket(destination)})
    embedded.deploy({"R": role(name, *actions), "S": bucket(source, ReplicationConfiguration=replication)})
    s3 = embedded.client("s3")
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    s3.delete_object(Bucket=source, Key="k")
    assert s3.head_object(Bucket=destination, Key="k")["ReplicationStatus"] == "REPLICA"


def test_a_role_that_s3_cannot_assume_or_that_is_gone_fails_the_replication(embedded, unique):
    source, destination, name = unique("source"), unique("destination"), unique("foreign")
    actions = (*BUCKET_ACTIONS, *SOURCE_ACTIONS, *DESTINATION_ACTIONS)
    embedded.deploy({"D": bucket(destination), "R": role(name, *actions, service="lambda.amazonaws.com")})
    for arn in (f"arn:aws:iam::123456789012:role/{name}", "arn:aws:iam::123456789012:role/gone"):
        replication = {"Role": arn, "Rules": [rule(1, destination)]}
        stack = embedded.deploy({"S": bucket(source, ReplicationConfiguration=replication)})
        s3 = embedded.client("s3")
        s3.put_object(Bucket=source, Key="k", Body=b"1")
        assert s3.head_object(Bucket=source, Key="k")["ReplicationStatus"] == "FAILED"
        version = s3.head_object(Bucket=source, Key="k")["VersionId"]
        s3.delete_object(Bucket=source, Key="k", VersionId=version)
        assert embedded.delete(stack) == "DELETE_COMPLETE"


def test_a_destination_that_denies_the_role_fails_the_replication(embedded, unique):
    source, destination = unique("source"), unique("destination")
    embedded.deploy({"D": bucket(destination)})
    embedded.deploy({"S": bucket(source, ReplicationConfiguration={"Role": ROLE, "Rules": [rule(1, destination)]})})
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": ROLE},
        "Action": "s3:ReplicateObject",
        "Resource": f"arn:aws:s3:::{destination}/*",
    }
    s3 = embedded.client("s3")
    s3.put_bucket_policy(Bucket=destination, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    assert s3.head_object(Bucket=source, Key="k")["ReplicationStatus"] == "FAILED"
