"""What publishing sends; on deployed sites: tests/embedded/test_publish.py."""

# ruff: noqa: N803 - arguments as boto3 spells them

from datetime import UTC, datetime, timedelta
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from sites import site

from s3_failover.cli import publish as cli
from s3_failover.errors import UserError
from s3_failover.operations import legs
from s3_failover.operations.account import Account
from s3_failover.operations.arrivals import is_copy
from s3_failover.operations.changes import Changes, Reason, Upload
from s3_failover.operations.content import File
from s3_failover.operations.lacking import Lacking
from s3_failover.operations.parity import Kind
from s3_failover.operations.publish import Options, Publication, Published
from s3_failover.operations.refusals import DeniedError

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
    publication = Publication(site(), Account("123456789012", lambda service, region: client), Options())
    file = File("index.html", path, 13, {"ContentType": "text/html"})
    assert publication._upload(Upload(file, Reason.NEW)) == ("index.html", "v1")
    (request,) = sent
    assert "Expect" not in request.headers
    assert request.headers["Content-Type"] == b"text/html"


class Bucket:
    """A versioned bucket that gives what is written to a replica, unless that is cut off, and a CDN in front of it."""

    def __init__(self):
        self.held, self.replica, self.connected, self.dropped = {}, {}, True, []
        self.pending, self.refuses = set(), False
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
        client.describe_stacks.return_value = {
            "Stacks": [
                {
                    "StackStatus": "CREATE_COMPLETE",
                    "Outputs": [{"OutputKey": "DistributionId", "OutputValue": "E1"}],
                }
            ]
        }
        return client

    def pages(self, held):
        if self.refuses and held is self.replica:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectVersions")
        versions = [
            {"Key": key, "VersionId": version, "Size": 1, "ETag": "", "LastModified": at, "IsLatest": True}
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
        told = {"ContentType": "text/plain; charset=utf-8", "VersionId": version, "LastModified": at}
        return told | {"ReplicationStatus": status}


@pytest.fixture
def bucket():
    return Bucket()


@pytest.fixture
def run(bucket, tmp_path, monkeypatch):
    """Publishes the directory of the test, where each file is as large as an object."""
    read = []
    monkeypatch.setattr(legs, "legs", lambda site, account: [Leg(read)])
    monkeypatch.setattr("s3_failover.operations.changes.digest", lambda file: MagicMock(etag=""))

    def run(*, more="", **options):
        account = Account("123456789012", bucket.client)
        publication = Publication(site(more=more), account, Options(**{"replica_seconds": 0.2, **options}))
        return publication.run(publication.changes(tmp_path), say=lambda line: None)

    run.read = read
    return run


class Leg:
    name = "secondary"

    def __init__(self, read):
        self._read = read

    def get(self, key):
        self._read.append(key)
        return legs.Answer(200, b"x", {}, 0)


def test_what_a_run_did_not_see_arrive_the_next_waits_for(bucket, run, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    bucket.connected = False
    for _ in range(2):
        with pytest.raises(UserError, match=r"1 objects have not reached .*: a.txt"):
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
        with pytest.raises(UserError, match=r"1 objects have not reached .*: b.txt"):
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
    publication = Publication(site(), Account("123456789012", lambda service, region: client), Options())
    with pytest.raises(UserError, match="the credentials have expired"):
        publication._await("eu-central-1", {"a.txt": version}, lambda line: None)


def test_what_cannot_be_deleted_is_told_with_the_permission():
    def refuse(**_):
        return {"Errors": [{"Key": "a.txt", "Code": "AccessDenied", "Message": "Access Denied"}] * 3}

    client = MagicMock(delete_objects=refuse)
    publication = Publication(site(), Account("123456789012", lambda service, region: client), Options())
    with pytest.raises(DeniedError, match=r"cannot delete a.txt and 2 more from .*the permission s3:DeleteObject"):
        publication._delete(["a.txt", "b.txt", "c.txt"])


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


def test_a_file_that_is_gone_when_it_should_be_compared_is_told(run, tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setattr(Publication, "_invalidate", lambda self, changes, say: (tmp_path / "a.txt").unlink() or ())
    with pytest.raises(UserError, match=r"a.txt: cannot be read: No such file or directory"):
        run()


def test_what_a_replica_lacks_is_not_waited_for_and_told(bucket, run, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x")
    run()
    del bucket.replica["a.txt"]
    done = run()
    assert done.changes.lacking.keys == {"eu-central-1": {Kind.MISSING: ["a.txt"]}}
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
        (Lacking({"eu-central-1": {Kind.MISSING: ["a.txt"]}}), {"secondary": ""}, 3),
        (Lacking(unseen={"eu-central-1": "did not answer"}), {}, 3),
        (Lacking({"eu-central-1": {Kind.MISSING: ["a.txt"]}}), {"secondary": "answered 404"}, 1),
    ],
)
def test_exit_codes(lacking, proof, expected):
    changes = Changes((), (), 1, lacking=lacking)
    assert cli._exit_code(changes, Published(changes, {}, {}, (), proof)) == expected


def test_each_difference_is_told_with_the_command_that_removes_it():
    kinds = {Kind.MISSING: ["a"] * 1200, Kind.UNDELETED: ["b"], Kind.SIZE: ["c"], Kind.CONTENT: ["d"]}
    changes = Changes((), (), 1, lacking=Lacking({"eu-central-1": kinds}, unseen={"sa-east-1": "denied"}))
    assert list(cli._lacking(site(), changes)) == [
        "missing in eu-central-1: 1,200 objects; run `s3-failover backfill shop`",
        "deleted in eu-central-1: 1 object; run `s3-failover backfill shop --direct`",
        "other content in eu-central-1: 2 objects; run `s3-failover backfill shop --direct`",
        "not looked at, and not waited for: sa-east-1: denied",
    ]
