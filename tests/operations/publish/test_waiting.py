"""What a publication waits for, and what it reads back."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from botocore.exceptions import ClientError
from publishing import MD5, OTHER_MD5, PARTS, WRITTEN
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.arrivals import is_copy
from s3_failover.operations.publish import Publication
from s3_failover.operations.waiting import ReplicationWait


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
        site(), Account("123456789012", lambda service, region: client), "eu-west-1", 60, 60, lambda line: None
    )
    with pytest.raises(UserError, match="the credentials have expired"):
        waiting.until("eu-central-1", {"a.txt": version})


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


class Copies:
    """A replica whose listing and HEAD are counted; it has `a` with a newer version on top, and no `gone`."""

    def __init__(self):
        self.listings, self.heads = 0, []

    def get_paginator(self, _operation):
        self.listings += 1
        versions = [
            {"Key": key, "VersionId": version, "Size": 1, "ETag": MD5, "LastModified": WRITTEN, "IsLatest": True}
            for key, version in (("a", "newer"), ("b", "v"))
        ]
        gone = [{"Key": "gone", "VersionId": "m", "LastModified": WRITTEN, "IsLatest": True}]
        return SimpleNamespace(paginate=lambda **_: [{"Versions": versions, "DeleteMarkers": gone}])

    def head_object(self, Key, **_):  # noqa: N803 - as boto3 spells it
        self.heads.append(Key)
        if Key == "gone":
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {}


@pytest.mark.parametrize(
    ("keys", "listings", "heads"),
    [(None, 0, ["a", "b", "gone"]), (61, 0, ["a", "b", "gone"]), (60, 1, ["a"]), (20, 2, ["a"])],
)
def test_copies_are_listed_where_that_is_less_work_and_what_no_listing_shows_is_asked_for(keys, listings, heads):
    copies = Copies()
    account = Account("123456789012", lambda service, region: copies)
    waiting = ReplicationWait(site(), account, "eu-west-1", 60, 60, lambda line: None, keys=keys)
    waiting.until("eu-central-1", {"a": "v", "b": "v", "gone": None})
    assert (copies.listings, sorted(copies.heads)) == (listings, heads)
