"""What a publication sends, and what it does not."""

import base64
import hashlib
import os
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from publishing import WRITTEN
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.changes import Reason, Upload
from s3_failover.operations.content import File, digest
from s3_failover.operations.publish import Publication, PublishOptions
from s3_failover.operations.upload import Uploader


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
    publication = Publication(site(), Account("123456789012", lambda service, region: client), PublishOptions())
    file = File("index.html", path, 13, {"ContentType": "text/html"})
    assert publication._upload(Upload(file, Reason.NEW, digest(file))) == ("index.html", "v1")
    (request,) = sent
    assert "Expect" not in request.headers
    assert request.headers["Content-Type"] == b"text/html"
    expected = base64.b64encode(hashlib.sha256(b"<h1>home</h1>").digest())
    assert request.headers["x-amz-checksum-sha256"] == expected


def sized(tmp_path, body=b"abcdefghij"):
    path = tmp_path / "a"
    path.write_bytes(body)
    file = File("a", path, len(body), {"ContentType": "text/plain"})
    return Upload(file, Reason.NEW, digest(file))


@pytest.mark.parametrize("body", [b"", b"abcdefghix", b"abcdefghijk", b"xbcdefghij"])
def test_a_file_that_changed_since_it_was_read_is_not_uploaded(tmp_path, body):
    upload, client = sized(tmp_path), MagicMock()
    upload.file.path.write_bytes(body)
    with pytest.raises(UserError, match=r"a changed while it was published: it was not uploaded"):
        Uploader(client, "primary").send(upload)
    assert not client.put_object.called


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null", "a"])
def test_what_has_taken_the_place_of_a_file_is_not_uploaded(tmp_path, target):
    upload, client = sized(tmp_path), MagicMock()
    upload.file.path.unlink()
    upload.file.path.symlink_to(target)
    with pytest.raises(UserError, match=r"a (changed while it was published|cannot be read: Too many levels)"):
        Uploader(client, "primary").send(upload)
    assert not client.put_object.called


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("s3_failover.operations.content.PART", 4)


def test_a_file_in_parts_is_sent_as_it_was_read(tmp_path, small_parts):
    upload, client = sized(tmp_path), MagicMock()
    client.complete_multipart_upload.return_value = {"VersionId": "v"}
    assert Uploader(client, "primary").send(upload) == "v"
    sent = sorted((each.kwargs["PartNumber"], each.kwargs["Body"]) for each in client.upload_part.call_args_list)
    assert sent == [(1, b"abcd"), (2, b"efgh"), (3, b"ij")]
    parts = client.complete_multipart_upload.call_args.kwargs["MultipartUpload"]["Parts"]
    assert [each["ChecksumSHA256"] for each in parts] == list(upload.digest.parts)


@pytest.mark.parametrize("body", [b"abcdefghix", b"abcd", b"abcxefghij", b""])
def test_a_file_in_parts_that_changed_since_it_was_read_leaves_nothing(tmp_path, body, small_parts):
    upload, client = sized(tmp_path), MagicMock()
    upload.file.path.write_bytes(body)
    with pytest.raises(UserError, match="changed while it was published"):
        Uploader(client, "primary").send(upload)
    assert client.abort_multipart_upload.called
    assert not client.complete_multipart_upload.called


def test_what_is_appended_to_a_file_in_parts_is_not_published(tmp_path, small_parts):
    upload, client = sized(tmp_path, b"abcdefgh"), MagicMock()
    upload.file.path.write_bytes(b"abcdefghijkl")
    Uploader(client, "primary").send(upload)
    sent = sorted((each.kwargs["PartNumber"], each.kwargs["Body"]) for each in client.upload_part.call_args_list)
    assert sent == [(1, b"abcd"), (2, b"efgh")]


def test_nothing_is_uploaded_before_every_file_can_be_read(bucket, run, tmp_path, monkeypatch):
    for name in ("a.txt", "z.txt"):
        (tmp_path / name).write_text("x")
    opened = os.open

    def refuse(path, *arguments, **more):
        if str(path).endswith("z.txt"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UserError, match=r"z.txt cannot be read: Permission denied; fix it, or exclude it"):
        run()
    assert bucket.held == {}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"Metadata": {}, "StorageClass": "GLACIER_IR", "ServerSideEncryption": "AES256"}, None),
        ({"ContentType": "text/html"}, Reason.HEADERS),
        ({"CacheControl": "no-cache"}, Reason.HEADERS),
        ({"ContentEncoding": "gzip"}, Reason.HEADERS),
        ({"ContentDisposition": "attachment"}, Reason.HEADERS),
        ({"ContentLanguage": "de"}, Reason.HEADERS),
        ({"Expires": WRITTEN, "ExpiresString": "Sat, 21 Nov 2026 00:00:00 GMT"}, Reason.HEADERS),
        ({"ExpiresString": "never"}, Reason.HEADERS),
        ({"WebsiteRedirectLocation": "https://elsewhere.example.com/"}, Reason.HEADERS),
        ({"Metadata": {"a": "b"}}, Reason.HEADERS),
        ({"ServerSideEncryption": "aws:kms"}, Reason.HEADERS),
        ({"StorageClass": "GLACIER"}, Reason.ARCHIVED),
        ({"StorageClass": "DEEP_ARCHIVE"}, Reason.ARCHIVED),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}, Reason.ARCHIVED),
    ],
)
def test_what_viewers_cannot_use_is_not_called_unchanged(bucket, run, tmp_path, told, reason):
    (tmp_path / "a.txt").write_text("x")
    run()
    bucket.stored = told
    assert [upload.reason for upload in run().changes.uploads] == ([reason] if reason else [])


def test_an_object_with_a_customers_key_is_uploaded_again(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    run()
    bucket.unreadable = True
    assert [upload.reason for upload in run().changes.uploads] == [Reason.HEADERS]
