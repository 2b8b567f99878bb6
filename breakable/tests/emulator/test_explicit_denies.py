"""What a bucket policy denies is denied at the API endpoint too, to the account's own credentials."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded


def deny(bucket, *actions, key="*", principal="*", **more):
    resources = [f"arn:aws:s3:::{bucket}/{key}", f"arn:aws:s3:::{bucket}"]
    return {"Effect": "Deny", "Principal": principal, "Action": list(actions), "Resource": resources} | more


def refusal(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], caught.value.response["Error"]


@pytest.fixture
def s3(embedded):
    return embedded.client("s3")


@pytest.fixture
def bucket(s3, unique):
    """A versioned bucket with two objects: its name."""
    name = unique("denied")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key in ("health.txt", "other ü.txt"):
        s3.put_object(Bucket=name, Key=key, Body=b"ok")
    return name


@pytest.fixture
def put_policy(s3, bucket):
    def put(*statements):
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))

    return put


def test_a_denied_key_is_not_deleted_and_every_other_is(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:DeleteObject", key="health.txt", principal={"AWS": "*"}))
    status, error = refusal(s3.delete_object, Bucket=bucket, Key="health.txt")
    assert (status, error["Code"]) == (403, "AccessDenied")
    assert error["Message"] == (
        "User: arn:aws:iam::123456789012:root is not authorized to perform: s3:DeleteObject on resource: "
        f'"arn:aws:s3:::{bucket}/health.txt" with an explicit deny in a resource-based policy'
    )
    assert s3.get_object(Bucket=bucket, Key="health.txt")["Body"].read() == b"ok"
    assert s3.delete_object(Bucket=bucket, Key="other ü.txt")["DeleteMarker"] is True


def test_deleting_a_version_is_an_action_of_its_own(s3, bucket, put_policy):
    version = s3.head_object(Bucket=bucket, Key="health.txt")["VersionId"]
    put_policy(deny(bucket, "s3:DeleteObjectVersion"))
    assert refusal(s3.delete_object, Bucket=bucket, Key="health.txt", VersionId=version)[0] == 403
    marker = s3.delete_object(Bucket=bucket, Key="health.txt")["VersionId"]
    put_policy(deny(bucket, "s3:DeleteObject"))
    s3.delete_object(Bucket=bucket, Key="health.txt", VersionId=marker)
    assert refusal(s3.delete_object, Bucket=bucket, Key="health.txt")[0] == 403


def test_a_batch_deletes_what_it_may_and_has_an_error_for_each_other_key(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:DeleteObject", key="health.txt"))
    keys = [{"Key": "health.txt"}, {"Key": "other ü.txt"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
    assert [item["Key"] for item in answer["Deleted"]] == ["other ü.txt"]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [("health.txt", "AccessDenied")]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["health.txt"]


def test_a_batch_with_a_carriage_return_in_a_key_deletes_that_key(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:DeleteObject", key="kept\r"))
    for key in ("cr\r", "kept\r"):
        s3.put_object(Bucket=bucket, Key=key)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "cr\r"}, {"Key": "kept\r"}]})
    assert [item["Key"] for item in answer["Deleted"]] == ["cr\r"]
    assert [item["Key"] for item in answer["Errors"]] == ["kept\r"]
    assert "cr\r" not in [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]


def test_a_quiet_batch_of_denied_versions_has_errors_only(s3, bucket, put_policy):
    version = s3.head_object(Bucket=bucket, Key="health.txt")["VersionId"]
    put_policy(deny(bucket, "s3:DeleteObjectVersion"))
    objects = [{"Key": "health.txt", "VersionId": version}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    assert "Deleted" not in answer
    assert [(item["Key"], item["VersionId"]) for item in answer["Errors"]] == [("health.txt", version)]


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_a_denied_read_is_refused(s3, bucket, put_policy, call):
    put_policy(deny(bucket, "s3:GetObject"))
    assert refusal(getattr(s3, call), Bucket=bucket, Key="health.txt")[0] == 403


def test_a_denied_write_is_refused_in_parts_too(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:PutObject"))
    assert refusal(s3.put_object, Bucket=bucket, Key="new", Body=b"")[0] == 403
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="new")[0] == 403


def test_a_copy_reads_its_source(s3, bucket, put_policy, unique):
    target = unique("copied")
    s3.create_bucket(Bucket=target)
    put_policy(deny(bucket, "s3:GetObject", key="health.txt"))
    status, _ = refusal(s3.copy_object, Bucket=target, Key="copy", CopySource={"Bucket": bucket, "Key": "health.txt"})
    assert status == 403


def test_a_presigned_url_is_the_signers_request(s3, bucket, put_policy):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "health.txt"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"ok"
    put_policy(deny(bucket, "s3:GetObject"))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)
    caught.value.close()
    assert caught.value.code == 403


def test_listing_is_denied_by_prefix(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:ListBucket", Condition={"StringEquals": {"s3:prefix": "secret/"}}))
    assert refusal(s3.list_objects_v2, Bucket=bucket, Prefix="secret/")[0] == 403
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 2


def test_an_sdk_counts_as_using_tls(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}))
    assert s3.get_object(Bucket=bucket, Key="health.txt")["Body"].read() == b"ok"


@pytest.mark.parametrize("operator", ["StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"])
def test_a_key_that_the_caller_lacks_is_unlike_any_value(s3, bucket, put_policy, operator):
    """AWS: IAM JSON policy elements, condition operators: a negated operator is true where the key is missing."""
    put_policy(deny(bucket, "s3:GetObject", Condition={operator: {"aws:PrincipalTag/team": "arn:aws:iam::1:role/x"}}))
    assert refusal(s3.get_object, Bucket=bucket, Key="health.txt")[0] == 403


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringLike", "ArnEquals", "ArnLike", "ForAnyValue:StringNotEquals"]
)
def test_a_key_that_the_caller_lacks_is_like_no_value(s3, bucket, put_policy, operator):
    put_policy(deny(bucket, "s3:GetObject", Condition={operator: {"aws:PrincipalTag/team": "*"}}))
    assert s3.get_object(Bucket=bucket, Key="health.txt")["Body"].read() == b"ok"


@pytest.mark.parametrize(
    "principal", [{"Service": "cloudfront.amazonaws.com"}, {"AWS": "arn:aws:iam::123456789012:role/other"}]
)
def test_a_denial_for_others_is_none_for_the_account(s3, bucket, put_policy, principal):
    put_policy(deny(bucket, "s3:*", principal=principal))
    assert s3.get_object(Bucket=bucket, Key="health.txt")["Body"].read() == b"ok"


def test_nobody_locks_himself_out(s3, bucket, put_policy):
    put_policy(deny(bucket, "s3:*"))
    assert refusal(s3.get_bucket_versioning, Bucket=bucket)[0] == 403
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"]
    put_policy(deny(bucket, "s3:*"))
    s3.delete_bucket_policy(Bucket=bucket)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
