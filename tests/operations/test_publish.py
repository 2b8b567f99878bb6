"""What publishing sends; on deployed sites: tests/embedded/test_publish.py."""

# ruff: noqa: N803 - arguments as boto3 spells them

import base64
import hashlib
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from sites import site

from s3_failover.cli import publish as cli
from s3_failover.errors import UserError
from s3_failover.operations import delays, legs
from s3_failover.operations.account import Account
from s3_failover.operations.arrivals import is_copy
from s3_failover.operations.changes import Changes, Reason, Upload
from s3_failover.operations.content import Digest, File, digest
from s3_failover.operations.lacking import Lacking
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.publish import Publication, Published, PublishOptions, PublishResult
from s3_failover.operations.refusals import DeniedError
from s3_failover.operations.removal import remove
from s3_failover.operations.upload import Uploader
from s3_failover.operations.waiting import ReplicationWait

WRITTEN = datetime(2026, 11, 21, tzinfo=UTC)
X = f'"{hashlib.md5(b"x", usedforsecurity=False).hexdigest()}"'
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
        (head(etag=PARTS, after=9), False),
        (head(size=6, after=9), False),
    ],
)
def test_without_versions_a_copy_is_as_large_and_later_and_has_the_same_etag(replica, copied):
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
    publication = Publication(site(), Account("123456789012", lambda service, region: client), PublishOptions())
    file = File("index.html", path, 13, {"ContentType": "text/html"})
    assert publication._upload(Upload(file, Reason.NEW, digest(file))) == ("index.html", "v1")
    (request,) = sent
    assert "Expect" not in request.headers
    assert request.headers["Content-Type"] == b"text/html"
    expected = base64.b64encode(hashlib.sha256(b"<h1>home</h1>").digest())
    assert request.headers["x-amz-checksum-sha256"] == expected


class Bucket:
    """A versioned bucket that gives what is written to a replica, unless that is cut off, and a CDN in front of it."""

    def __init__(self):
        self.held, self.replica, self.connected, self.dropped = {}, {}, True, []
        self.pending, self.refuses = set(), False
        self.stored, self.unreadable = {}, False
        self.away, self.hangs, self.denied = set(), None, set()
        self.clock = WRITTEN

    def client(self, service, region):
        client = MagicMock()
        held = self.held if region == "eu-west-1" else self.replica
        client.get_paginator().paginate = lambda **_: self.pages(held)
        client.put_object = lambda Key, **_: {"VersionId": self.write(Key, f"{Key}-1")}
        client.delete_objects = lambda Delete, **_: [self.write(each["Key"], None) for each in Delete["Objects"]] and {}
        client.head_object = lambda Key, **where: self.head(Key, held)
        client.list_invalidations.return_value = {
            "InvalidationList": {"Items": [{"Id": str(i), "CreateTime": at} for i, at in enumerate(self.dropped)]}
        }
        client.get_invalidation = lambda Id, **_: {
            "Invalidation": {
                "Status": "Completed",
                "CreateTime": self.dropped[int(Id)],
                "InvalidationBatch": {"CallerReference": "s3-failover-publish-1"},
            }
        }
        client.create_invalidation = self.drop
        client.get_object = lambda **_: refused("GetObject", "InvalidRequest", 400)
        client.describe_stacks.return_value = {
            "Stacks": [
                {
                    "StackStatus": "CREATE_COMPLETE",
                    "Outputs": [{"OutputKey": "DistributionId", "OutputValue": "E1"}],
                }
            ]
        }
        for name in ("describe_stacks", "list_invalidations", "get_invalidation", "create_invalidation"):
            setattr(client, name, self.guarded(name, getattr(client, name)))
        return client

    def guarded(self, name, call):
        def guard(**arguments):
            if self.hangs:
                self.hangs.wait()
            if name in self.denied:
                refused(name, "AccessDenied", 403)
            if name in self.away:
                refused(name, "ServiceUnavailable", 503)
            return call(**arguments)

        return guard

    def pages(self, held):
        if self.refuses and held is self.replica:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectVersions")
        versions = [
            {"Key": key, "VersionId": version, "Size": 1, "ETag": X, "LastModified": at, "IsLatest": True}
            for key, (version, at) in sorted(held.items())
            if version
        ]
        markers = [
            {"Key": key, "VersionId": "marker", "LastModified": at, "IsLatest": True}
            for key, (version, at) in sorted(held.items())
            if not version
        ]
        return [{"Versions": versions, "DeleteMarkers": markers}]

    def write(self, key, version):
        self.clock += timedelta(minutes=1)
        self.held[key] = (version, self.clock)
        if self.connected:
            self.replica[key] = self.held[key]
        else:
            self.pending.add(key)
        return version

    def connect(self):
        self.connected = True
        self.replica.update(self.held)
        self.pending.clear()

    def drop(self, **_):
        self.clock += timedelta(minutes=1)
        self.dropped.append(self.clock)
        return {"Invalidation": {"Id": str(len(self.dropped) - 1)}}

    def head(self, key, held):
        version, at = held.get(key, (None, None))
        if version is None:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        status = "REPLICA" if held is self.replica else "PENDING" if key in self.pending else "COMPLETED"
        if self.unreadable and held is self.held:
            refused("HeadObject", "400", 400)
        told = {"ContentType": "text/plain; charset=utf-8", "VersionId": version, "LastModified": at}
        return told | {"ReplicationStatus": status} | self.stored


def refused(operation, code, status):
    told = {"Error": {"Code": code, "Message": "temporarily unavailable"}}
    raise ClientError(told | {"ResponseMetadata": {"HTTPStatusCode": status}}, operation)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def bucket():
    return Bucket()


@pytest.fixture
def run(bucket, tmp_path, monkeypatch):
    """Publishes the directory of the test, where each file is as large as an object."""
    read = []
    monkeypatch.setattr(legs, "legs", lambda site, account: [Leg(read)])
    monkeypatch.setattr(legs, "secondary", lambda site, account: Leg(read))

    def run(*, more="", say=lambda line: None, **options):
        account = Account("123456789012", bucket.client)
        publication = Publication(site(more=more), account, PublishOptions(**{"replica_seconds": 0.2, **options}))
        return publication.run(publication.changes(tmp_path), say=say)

    run.read = read
    return run


class Leg:
    name, address, port, tls = "secondary", "secondary.example.com", 80, None

    def __init__(self, read):
        self._read = read

    def get(self, key):
        self._read.append(key)
        return legs.LegAnswer(200, b"x", {}, 0)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("proxy", ["http://proxy:abc", "http://[::1", "proxy:99999", "http://"])
def test_a_proxy_that_is_no_url_is_found_before_anything_is_uploaded(
    bucket, run, tmp_path, monkeypatch, variable, proxy
):
    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(UserError, match=f"cannot be used here, .*: correct {variable} in the environment"):
        run()
    assert bucket.held == {}
    run(compare=False, replica_seconds=0, invalidation_seconds=0)
    assert "a.txt" in bucket.held


@pytest.mark.parametrize(
    ("proxy", "exempt"), [("socks5://proxy:1080", ""), ("https://proxy:8443", ""), ("http://proxy:abc", "*")]
)
def test_a_proxy_that_only_boto3_can_use_keeps_nothing_from_being_uploaded(
    bucket, run, tmp_path, monkeypatch, proxy, exempt
):
    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert run().proof == {"secondary": ""}


def test_what_a_run_did_not_see_arrive_the_next_waits_for(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.connected = False
    for _ in range(2):
        with pytest.raises(UserError, match=r"1 object has not reached .*: a.txt"):
            run()
    bucket.connect()
    done = run()
    assert (done.changes.uploads, done.changes.waiting) == ((), {"a.txt": "a.txt-1"})
    assert not run().changes.waiting


def test_a_delete_that_a_run_did_not_see_arrive_the_next_waits_for(bucket, run, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x")
    run()
    (tmp_path / "b.txt").unlink()
    bucket.connected = False
    for _ in range(2):
        with pytest.raises(UserError, match=r"1 object has not reached .*: b.txt"):
            run(delete=True)
    bucket.connect()
    assert run(delete=True).changes.waiting == {"b.txt": None}


@pytest.mark.parametrize("version", [None, "v1"])
def test_nothing_has_arrived_or_is_late_because_the_credentials_have_expired(version):
    def refuse(operation, code):
        raise ClientError({"Error": {"Code": code, "Message": "Bad Request"}}, operation)

    client = MagicMock(
        head_object=lambda **_: refuse("HeadObject", "400"), get_object=lambda **_: refuse("GetObject", "ExpiredToken")
    )
    waiting = ReplicationWait(
        site(), Account("123456789012", lambda service, region: client), 60, 60, lambda line: None
    )
    with pytest.raises(UserError, match="the credentials have expired"):
        waiting.until("eu-central-1", {"a.txt": version})


def test_what_cannot_be_deleted_is_told_with_the_permission():
    def refuse(**_):
        return {"Errors": [{"Key": "a.txt", "Code": "AccessDenied", "Message": "Access Denied"}] * 3}

    with pytest.raises(
        DeniedError, match=r"cannot delete a.txt and 2 more from primary: .*the permission s3:DeleteObject"
    ):
        remove(MagicMock(delete_objects=refuse), "primary", ["a.txt", "b.txt", "c.txt"])


def test_a_single_key_that_cannot_be_deleted_is_told_alone():
    answer = {"Errors": [{"Key": "a.txt", "Code": "AccessDenied", "Message": "Access Denied"}]}
    with pytest.raises(DeniedError, match=r"^cannot delete a\.txt from primary: "):
        remove(MagicMock(delete_objects=lambda **_: answer), "primary", ["a.txt", "b.txt"])


def test_keys_that_xml_cannot_hold_are_deleted_one_by_one_and_the_others_together():
    client = MagicMock()
    client.delete_objects.return_value = {}
    remove(client, "primary", ["a.txt", "bell\x07.html", "cr\r.txt", "ffff\ufffe", "\U0001f600"])
    together = client.delete_objects.call_args.kwargs["Delete"]["Objects"]
    assert [each["Key"] for each in together] == ["a.txt", "cr\r.txt", "\U0001f600"]
    assert {each.kwargs["Key"] for each in client.delete_object.call_args_list} == {"bell\x07.html", "ffff\ufffe"}


def test_what_others_wrote_is_not_waited_for(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    run()
    bucket.connected = False
    bucket.write("theirs.txt", "v1")
    done = run()
    assert (done.changes.stale, done.changes.waiting) == (("theirs.txt",), {})


def test_only_what_replicas_get_is_waited_for_and_read_back(run, tmp_path):
    for name in ("a.txt", "media/b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    done = run(more='replication = { prefixes = ["media/", "_s3-failover/"] }')
    assert (run.read, done.proof) == (["media/b.txt"], {"secondary": ""})


def test_the_smallest_file_is_read_back(run, tmp_path):
    (tmp_path / "a.iso").write_text("x" * 1000)
    (tmp_path / "b.txt").write_text("x")
    run()
    assert run.read == ["b.txt"]


def test_who_does_not_wait_is_not_told_that_a_leg_is_late(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.connected = False
    assert run(replica_seconds=0, invalidation_seconds=0).proof == {}
    assert run.read == []


def test_what_is_read_back_is_compared_with_what_was_published_whatever_the_file_is_by_then(run, tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x")
    invalidate = Publication._invalidate

    def unlink(*arguments):
        (tmp_path / "a.txt").unlink()
        return invalidate(*arguments)

    monkeypatch.setattr(Publication, "_invalidate", unlink)
    assert run().proof == {"secondary": ""}


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


@pytest.mark.parametrize("away", ["describe_stacks", "list_invalidations", "create_invalidation"])
def test_while_control_planes_are_down_the_cdn_is_owed_and_the_next_run_pays(bucket, run, tmp_path, away):
    (tmp_path / "a.txt").write_text("x")
    bucket.away = {away}
    done = run()
    assert bucket.replica["a.txt"] == bucket.held["a.txt"]
    assert (done.invalidated, "temporarily unavailable" in done.owed) == ((), True)
    assert (run.read, done.proof, list(done.unseen)) == (["a.txt"], {"secondary": ""}, ["distribution"])
    result = PublishResult.of("shop", done.changes, done)
    assert cli._exit_code(result) == cli.OWED
    assert "run publish again when CloudFront answers" in "".join(cli._lines(result))
    bucket.away = set()
    paid = run()
    assert (paid.changes.uploads, paid.invalidated, paid.owed) == ((), ("/a.txt",), "")
    assert cli._exit_code(PublishResult.of("shop", paid.changes, paid)) == 0


def test_what_is_owed_stays_owed_while_control_planes_are_down(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.away = {"list_invalidations"}
    assert run().owed
    (tmp_path / "b.txt").write_text("x")
    assert run().owed
    bucket.away = set()
    assert run().invalidated == ("/a.txt", "/b.txt")


def test_an_invalidation_whose_state_cannot_be_seen_is_told_with_its_id(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.away = {"get_invalidation"}
    done = run()
    assert done.invalidated == ("/a.txt",)
    assert "CloudFront has the invalidation 0, and cannot say whether it is complete" in done.owed


def test_a_control_plane_that_hangs_is_not_waited_for(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    hangs = threading.Event()
    bucket.hangs = hangs
    done = run(silence_seconds=0.05, compare=False)
    hangs.set()
    assert done.owed == "not invalidated: there was no answer within 0.05 s"
    assert "a.txt" in bucket.held


@pytest.mark.parametrize(
    ("denied", "uploaded"),
    [
        ("describe_stacks", False),
        ("list_invalidations", False),
        ("create_invalidation", True),
        ("get_invalidation", True),
    ],
)
def test_without_a_right_publishing_ends_and_the_next_run_does_the_rest(bucket, run, tmp_path, denied, uploaded):
    (tmp_path / "a.txt").write_text("x")
    bucket.denied = {denied}
    with pytest.raises(DeniedError):
        run()
    assert ("a.txt" in bucket.held) == uploaded
    bucket.denied = set()
    again = run()
    # An invalidation that was made and could not be looked at is not made again.
    assert (again.invalidated, again.owed) == (() if denied == "get_invalidation" else ("/a.txt",), "")


def test_with_the_distributions_id_in_the_file_no_stack_is_asked(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.away = {"describe_stacks"}
    assert run(more='distribution_id = "E1EXAMPLE"').invalidated == ("/a.txt",)


@pytest.fixture
def said(monkeypatch):
    """The messages while nothing arrives, with a clock that goes on by ten seconds at each look."""
    clock, lines = count(0, 10), []
    monkeypatch.setattr("s3_failover.operations.waiting.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("s3_failover.operations.waiting.time.sleep", lambda seconds: None)
    return lines


def test_only_what_changes_is_said_and_after_a_while_why_nothing_does(bucket, said, monkeypatch):
    reasons = iter(["the check is unhealthy"] * 3 + ["the check is healthy"] * 99)
    monkeypatch.setattr(delays, "why", lambda site, account, region: next(reasons))
    bucket.connected = False
    bucket.write("a.txt", "v1")
    waiting = ReplicationWait(site(), Account("123456789012", bucket.client), 900, 60, said.append)
    with pytest.raises(UserError, match=r"1 object has not reached .*: a\.txt; it is in the primary"):
        waiting.until("eu-central-1", {"a.txt": "v1"})
    assert [line.split(":")[0] for line in said] == [
        "  eu-central-1",
        *["  nothing has arrived in eu-central-1 for 60 s"] * 2,
    ]
    assert said[0] == "  eu-central-1: 0 of 1 replicated"
    assert "the check is unhealthy" in said[1]
    assert "--no-wait" in said[1]
    assert "the check is healthy" in said[2]


def test_what_a_replica_lacks_is_not_waited_for_and_told(bucket, run, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x")
    run()
    del bucket.replica["a.txt"]
    done = run()
    assert done.changes.lacking.keys == {"eu-central-1": {DriftKind.MISSING: ["a.txt"]}}
    assert (done.changes.unchanged, done.changes.waiting) == (2, {})


def test_a_replica_that_cannot_be_listed_blocks_neither_uploads_nor_the_cdn(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.connected, bucket.refuses = False, True
    done = run()
    assert list(done.changes.lacking.unseen) == ["eu-central-1"]
    assert (done.replicated, done.invalidated) == ({}, ("/a.txt",))
    # The secondary leads there.
    assert (run.read, done.proof) == ([], {})


def test_who_does_not_compare_lists_no_replica(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.refuses = True
    assert run(compare=False, replica_seconds=0, invalidation_seconds=0).changes.lacking is None


@pytest.mark.parametrize(
    ("lacking", "proof", "expected"),
    [
        (None, {}, 0),
        (Lacking(), {"secondary": ""}, 0),
        (Lacking({"eu-central-1": {DriftKind.MISSING: ["a.txt"]}}), {"secondary": ""}, 3),
        (Lacking(unseen={"eu-central-1": "did not answer"}), {}, 3),
        (Lacking({"eu-central-1": {DriftKind.MISSING: ["a.txt"]}}), {"secondary": "answered 404"}, 1),
        (Lacking(coming={"eu-central-1": ["a.txt"]}), {}, 0),
    ],
)
def test_exit_codes(lacking, proof, expected):
    changes = Changes((), (), 1, lacking=lacking)
    result = PublishResult.of("shop", changes, Published(changes, {}, {}, (), proof))
    assert cli._exit_code(result) == expected


def test_each_difference_is_told_with_the_command_that_removes_it():
    kinds = {
        DriftKind.MISSING: ["a"] * 1200,
        DriftKind.UNDELETED: ["b"],
        DriftKind.SIZE: ["c"],
        DriftKind.CONTENT: ["d"],
    }
    kinds[DriftKind.ARCHIVED] = ["e"]
    coming, unseen = {"eu-central-1": ["f", "g"]}, {"sa-east-1": "denied"}
    changes = Changes((), (), 1, lacking=Lacking({"eu-central-1": kinds}, coming, unseen))
    assert list(cli._lacking(site(), PublishResult.of("shop", changes, None))) == [
        "missing in eu-central-1: 1,200 objects; run `s3-failover backfill shop`",
        "deleted in eu-central-1: 1 object; run `s3-failover backfill shop --direct`",
        "other content in eu-central-1: 2 objects; run `s3-failover backfill shop --direct`",
        "archived in eu-central-1: 1 object; run `s3-failover backfill shop --direct`",
        "on the way to eu-central-1: 2 objects",
        "not looked at, and not waited for: sa-east-1: denied",
    ]


def test_a_key_cannot_write_a_line_of_the_report():
    file = File("a", Path("a"), 1, {"ContentType": "text/plain"})
    odd = replace(file, key="b\u2028c")
    uploads = (Upload(odd, Reason.NEW, Digest("", "")),)
    changes = Changes(uploads, ("a\n0 files uploaded", "\x1b[2J", "plain"), 1)
    lines = list(cli._lines(PublishResult.of("shop", changes, None)))
    assert lines[:4] == [
        "  would upload 'b\\u2028c' (new, 1 byte)",
        "  would delete 'a\\n0 files uploaded'",
        "  would delete '\\x1b[2J'",
        "  would delete plain",
    ]
