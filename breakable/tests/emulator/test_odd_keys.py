"""Keys that are legal and that XML, regular expressions or paths have trouble with: every listing has them as they are.

AWS: `https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html`.
"""

import json
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

CONTROLS = [
    "a\x01b",
    "a\x07b",
    "a\x0bb",
    "a\x1bb",
    "a\ufffeb",
    "cr\rhere",
    "crlf\r\nhere",
    "line\nfeed",
    "end\n",
    "tab\t",
]
OTHERS = ["plain", " before", "after ", "a+b c%25", "é ü 🎉", "//two", "dots/./..", "<&>\"'", "x" * 1024]
KEYS = sorted(CONTROLS + OTHERS)
AWAY = "us-west-2"


@pytest.fixture(scope="module")
def copied(fast):
    """A bucket with all of them, and the one that they replicate to by a role that names the buckets' objects."""
    source, destination = "odd-source", "odd-destination"
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    objects = [f"arn:aws:s3:::{bucket}{rest}" for bucket in (source, destination) for rest in ("", "/*")]
    policy = {"Effect": "Allow", "Action": "s3:*", "Resource": objects}
    iam = fast.client("iam")
    role = iam.create_role(RoleName="odd", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="odd", PolicyName="p", PolicyDocument=document(policy))
    here, there = fast.client("s3"), fast.client("s3", AWAY)
    here.create_bucket(Bucket=source)
    there.create_bucket(Bucket=destination, CreateBucketConfiguration={"LocationConstraint": AWAY})
    for client, bucket in ((here, source), (there, destination)):
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
    rule |= {"DeleteMarkerReplication": {"Status": "Enabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{destination}"}}
    here.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [rule]})
    for key in KEYS:
        here.put_object(Bucket=source, Key=key, Body=key.encode())
    return here, source, there, destination


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("operation", "found"),
    [("list_objects", "Contents"), ("list_objects_v2", "Contents"), ("list_object_versions", "Versions")],
)
@pytest.mark.parametrize("size", [1000, 3])
def test_every_listing_has_them_as_they_are_page_by_page(copied, operation, found, size):
    s3, bucket, *_ = copied
    if operation == "list_objects":
        pages = [s3.list_objects(Bucket=bucket)]
    else:
        pages = s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
    assert sorted(each["Key"] for page in pages for each in page[found]) == KEYS


def test_a_listing_is_encoded_only_where_that_is_asked_for(copied, fast):
    s3, bucket, *_ = copied
    listed = s3.list_object_versions(Bucket=bucket, Prefix="cr\r", EncodingType="url")
    assert (listed["EncodingType"], [each["Key"] for each in listed["Versions"]]) == ("url", ["cr%0Dhere"])


def test_prefixes_and_markers_are_theirs_too(copied):
    s3, bucket, *_ = copied
    listed = s3.list_object_versions(Bucket=bucket, Prefix="line\n", Delimiter="d")
    assert (listed["Prefix"], listed["CommonPrefixes"]) == ("line\n", [{"Prefix": "line\nfeed"}])


def test_uploads_that_are_open_are_listed_with_them(copied):
    s3, bucket, *_ = copied
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a\r\nb")["UploadId"]
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["a\r\nb"]
    s3.abort_multipart_upload(Bucket=bucket, Key="a\r\nb", UploadId=upload)


def test_all_of_them_replicate_as_the_role_may(copied):
    s3, bucket, there, destination = copied
    end = time.monotonic() + 60
    while states := {key: state for key in KEYS if (state := status(s3, bucket, key)) != "COMPLETED"}:
        assert set(states.values()) == {"PENDING"}, states
        assert time.monotonic() < end
        time.sleep(0.05)
    assert {key: there.get_object(Bucket=destination, Key=key)["Body"].read().decode() for key in KEYS} == {
        key: key for key in KEYS
    }


def status(s3, bucket, key):
    return s3.head_object(Bucket=bucket, Key=key)["ReplicationStatus"]


def test_a_policy_for_a_key_is_none_for_the_key_with_a_line_feed_behind_it(fast):
    s3 = fast.client("s3")
    s3.create_bucket(Bucket="odd-denied")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::odd-denied/kept"}
    s3.put_bucket_policy(Bucket="odd-denied", Policy=document(deny, {**deny, "Resource": f"{deny['Resource']}-*"}))
    for key in ("kept", "kept\n", "kept-\nfor ever"):
        s3.put_object(Bucket="odd-denied", Key=key)
    s3.delete_object(Bucket="odd-denied", Key="kept\n")
    for key in ("kept", "kept-\nfor ever"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket="odd-denied", Key=key)
