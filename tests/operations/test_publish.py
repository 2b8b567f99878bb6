"""What publishing sends; on deployed sites: tests/embedded/test_publish.py."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from sites import site

from s3_failover.operations.account import Account
from s3_failover.operations.changes import Reason, Upload
from s3_failover.operations.content import File
from s3_failover.operations.publish import Options, Publication, is_copy

WRITTEN = datetime(2026, 11, 21, tzinfo=UTC)
MD5, OTHER_MD5, PARTS = f'"{"a" * 32}"', f'"{"b" * 32}"', f'"{"c" * 32}-2"'


def head(etag=MD5, size=5, after=0):
    return {"ETag": etag, "ContentLength": size, "LastModified": WRITTEN + timedelta(seconds=after)}


@pytest.mark.parametrize(
    ("replica", "copied"),
    [
        (head(), True),
        (head(after=9), True),
        (head(after=-1), False),
        (head(etag=OTHER_MD5, after=9), False),
        (head(etag=PARTS, after=9), True),
        (head(etag=PARTS, size=6, after=9), False),
    ],
)
def test_without_versions_a_copy_is_as_large_and_later_and_of_the_same_digest_if_there_are_two(replica, copied):
    assert is_copy(head(), replica) == copied


def test_a_file_is_sent_without_asking_first(tmp_path):
    path = tmp_path / "index.html"
    path.write_bytes(b"<h1>home</h1>")
    sent = []

    def answer(request, **_):
        sent.append(request)
        answered = AWSResponse(request.url, 200, {"x-amz-version-id": "v1"}, None)
        answered._content = b""
        return answered

    client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.meta.events.register("before-send.s3.PutObject", answer)
    publication = Publication(site(), Account("123456789012", lambda service, region: client), Options())
    file = File("index.html", path, 13, {"ContentType": "text/html"})
    assert publication._upload(Upload(file, Reason.NEW)) == ("index.html", "v1")
    (request,) = sent
    assert "Expect" not in request.headers
    assert request.headers["Content-Type"] == b"text/html"
