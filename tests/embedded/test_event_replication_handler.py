"""The handler against the S3 of the embedded AWS, without a deployment."""

import json

import boto3
import pytest
import run_keys
from aws_cdk import aws_s3 as s3_cdk
from botocore.config import Config
from botocore.exceptions import ClientError
from cdk_templates import new_stack, statements

from s3_failover_constructs import EventReplication
from s3_failover_constructs.event_replication.handler import replicator as module
from s3_failover_constructs.event_replication.handler.objects import Bucket, EncryptedError, Pair, converge, read
from s3_failover_constructs.event_replication.handler.parts import OutOfTimeError
from s3_failover_constructs.event_replication.handler.replicator import Replicator

pytestmark = pytest.mark.embedded

PART = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def buckets(aws):
    def made(name, region):
        s3 = aws.client("s3", region)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        return Bucket(name, s3)

    return made("handler-source", "eu-west-1"), made("handler-copy", "eu-central-1")


def put_in_parts(bucket, key, *pieces):
    target = {"Bucket": bucket.name, "Key": key}
    upload = {**target, "UploadId": bucket.s3.create_multipart_upload(**target)["UploadId"]}
    done = [
        {"PartNumber": n, "ETag": bucket.s3.upload_part(**upload, PartNumber=n, Body=piece)["ETag"]}
        for n, piece in enumerate(pieces, start=1)
    ]
    bucket.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})


def uploads(bucket):
    return bucket.s3.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])


def no_hurry():
    return 900.0


def test_parts_that_one_invocation_leaves_are_taken_up_by_the_next(buckets):
    source, copy = buckets
    put_in_parts(source, "large", b"1" * PART, b"2" * PART, b"3")
    left = iter([900.0, 900.0])
    with pytest.raises(OutOfTimeError):
        converge(Pair(source, copy, "large"), lambda: next(left, 0.0))
    (upload,) = uploads(copy)
    there = copy.s3.list_parts(Bucket=copy.name, Key="large", UploadId=upload["UploadId"])["Parts"]
    assert len(there) == 2
    converge(Pair(source, copy, "large"), no_hurry)
    assert read(copy, "large") == read(source, "large")
    assert uploads(copy) == []


def test_parts_of_an_older_version_are_thrown_away(buckets):
    source, copy = buckets
    put_in_parts(source, "replaced", b"1" * PART, b"2" * PART, b"3")
    left = iter([900.0])
    with pytest.raises(OutOfTimeError):
        converge(Pair(source, copy, "replaced"), lambda: next(left, 0.0))
    put_in_parts(source, "replaced", b"4" * PART, b"5" * PART, b"6")
    converge(Pair(source, copy, "replaced"), no_hurry)
    assert read(copy, "replaced") == read(source, "replaced")
    assert uploads(copy) == []


def test_an_empty_object_that_came_in_one_part_is_copied(buckets):
    source, copy = buckets
    put_in_parts(source, "empty", b"")
    converge(Pair(source, copy, "empty"), no_hurry)
    assert read(copy, "empty") == read(source, "empty")


def test_what_is_equal_is_not_written_again(buckets):
    source, copy = buckets
    source.s3.put_object(Bucket=source.name, Key="equal", Body=b"x")
    converge(Pair(source, copy, "equal"), no_hurry)
    written = []
    copy.s3.meta.events.register("before-call.s3.CopyObject", lambda **_: written.append(1))
    converge(Pair(source, copy, "equal"), no_hurry)
    assert written == []


def test_a_source_bucket_that_is_gone_empties_no_copy(buckets):
    source, copy = buckets
    copy.s3.put_object(Bucket=copy.name, Key="kept", Body=b"x")
    gone = Bucket("handler-source-that-is-gone", source.s3)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        converge(Pair(gone, copy, "kept"), no_hurry)
    assert read(copy, "kept")


def test_a_copy_that_fails_does_not_keep_the_others_from_theirs(buckets):
    source, copy = buckets
    source.s3.put_object(Bucket=source.name, Key="one-fails", Body=b"x")
    gone = Bucket("handler-copy-that-is-gone", copy.s3)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        Replicator(source=source, copies=[gone, copy], sqs=None, queue_url="").replicate("one-fails", no_hurry)
    assert read(copy, "one-fails") == read(source, "one-fails")


def test_a_comparison_that_takes_too_long_goes_on_where_it_stopped(buckets, aws, monkeypatch):
    source, copy = buckets
    sqs = aws.client("sqs", "eu-west-1")
    url = sqs.create_queue(QueueName="handler-hints")["QueueUrl"]
    for number in range(4):
        source.s3.put_object(Bucket=source.name, Key=f"slice/{number}", Body=b"x")
    monkeypatch.setattr(module, "SLICE_SECONDS", -1.0)
    compare = {"compare": {"copy": copy.name, "after": "slice/"}}
    work = Replicator(source=source, copies=[copy], sqs=sqs, queue_url=url)
    hints = []
    while compare:
        work.carry_out(compare, no_hurry)
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        messages = [json.loads(message["Body"]) for message in found]
        hints += [message["key"] for message in messages if "key" in message]
        compare = next((message for message in messages if "compare" in message), None)
    assert hints == [f"slice/{number}" for number in range(4)]


def test_an_object_with_a_kms_key_is_refused_in_words_instead_of_copied_again_and_again(buckets):
    source, copy = buckets
    source.s3.put_object(
        Bucket=source.name, Key="kms", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/k"
    )
    with pytest.raises(EncryptedError, match="kms has aws:kms, expected SSE-S3"):
        converge(Pair(source, copy, "kms"), no_hurry)
    assert read(copy, "kms") is None


ACTIONS = {
    "GetObjectTagging": {"s3:GetObjectTagging"},
    "HeadObject": {"s3:GetObject"},
    "PutObjectTagging": {"s3:PutObjectTagging"},
    "CopyObject": {"s3:PutObject", "s3:PutObjectTagging"},
    "DeleteObject": {"s3:DeleteObject", "s3:GetObject"},
    "CreateMultipartUpload": {"s3:PutObject", "s3:PutObjectTagging"},
    "UploadPart": {"s3:PutObject"},
    "UploadPartCopy": {"s3:PutObject"},
    "CompleteMultipartUpload": {"s3:PutObject"},
    "AbortMultipartUpload": {"s3:AbortMultipartUpload"},
    "ListParts": {"s3:ListMultipartUploadParts"},
    "ListMultipartUploads": {"s3:ListBucketMultipartUploads"},
    "ListObjectsV2": {"s3:ListBucket"},
}
"""What S3 asks of the caller for each call (S3 User Guide, using-with-s3-policy-actions)."""


def recorded(bucket, needed, emulator):
    """The same bucket through a client of its own, which notes the actions that its calls need."""
    session = boto3.session.Session()
    s3 = session.client(
        "s3",
        region_name=bucket.s3.meta.region_name,
        endpoint_url=bucket.s3.meta.endpoint_url,
        **run_keys.of(emulator.secret),
        config=Config(s3={"addressing_style": "path"}),
    )
    s3.meta.events.register("before-call.s3", lambda model, **_: needed.update(ACTIONS[model.name]))
    return Bucket(bucket.name, s3)


def allowed():
    """What the role may do with the source and with a copy."""
    stack = new_stack()
    source = s3_cdk.Bucket(stack, "Source", bucket_name="source")
    EventReplication(stack, "E", source=source, destinations=[s3_cdk.Bucket.from_bucket_name(stack, "Copy", "copy")])
    found = {sid: set(each["Action"]) for sid, each in statements(stack, "AWS::IAM::Policy").items()}
    return found["TellMissingFromDenied"] | found["ReadTheSource"], found["ListTheCopies"] | found["WriteTheCopies"]


def test_the_role_allows_what_the_handler_does_and_nothing_else(aws, buckets):
    """The embedded AWS does not hold functions to their role: this does."""
    source, copy = buckets
    # Copies read the source in the caller's name.
    of_source, of_copy = {"s3:GetObject", "s3:GetObjectTagging"}, set()
    emulator = aws.emulator
    pair = Pair(recorded(source, of_source, emulator), recorded(copy, of_copy, emulator), "role")
    sqs = aws.client("sqs", "eu-west-1")
    url = sqs.create_queue(QueueName="handler-role")["QueueUrl"]
    work = Replicator(source=pair.source, copies=[pair.copy], sqs=sqs, queue_url=url)
    put_in_parts(source, "role", b"1" * PART, b"2")
    left = iter([900.0])
    with pytest.raises(OutOfTimeError):
        converge(pair, lambda: next(left, 0.0))
    put_in_parts(source, "role", b"3" * PART, b"4")
    converge(pair, no_hurry)
    source.s3.put_object(Bucket=source.name, Key="role", Body=b"x", Tagging="a=b")
    converge(pair, no_hurry)
    source.s3.put_object_tagging(Bucket=source.name, Key="role", Tagging={"TagSet": []})
    converge(pair, no_hurry)
    source.s3.delete_object(Bucket=source.name, Key="role")
    converge(pair, no_hurry)
    work.carry_out({"compare": {"copy": copy.name, "after": ""}}, no_hurry)
    for bucket in (pair.source, pair.copy):
        bucket.s3.close()
    assert (of_source, of_copy) == allowed()
