"""The handler against the S3 of the embedded AWS, without a deployment."""

import json

import pytest
from botocore.exceptions import ClientError

from s3_failover_constructs.event_replication.handler import replicator as module
from s3_failover_constructs.event_replication.handler.objects import Bucket, Pair, converge, read
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
