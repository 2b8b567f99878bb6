"""What replicas lack is found beside the primary's listing; on deployed sites: tests/embedded/test_empty_copies.py."""

# ruff: noqa: N803 - arguments as boto3 spells them

import threading
from datetime import UTC, datetime, timedelta
from unittest.mock import MagicMock

import pytest
from fake_accounts import ACCOUNT, refusal
from sites import site

from s3_failover.operations import listing
from s3_failover.operations.account import Account
from s3_failover.operations.lacking import Beside
from s3_failover.operations.parity import DriftKind

PRIMARY, REPLICA, OTHER = "eu-west-1", "eu-central-1", "ap-south-1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# Not an age that a slow test could outgrow.
YOUNG = datetime.now(UTC) + timedelta(days=1)


class Copies:
    """The buckets of a site by region: for each key what S3 says of it; a region may refuse, or not answer at all."""

    def __init__(self):
        self.held = {PRIMARY: {}, REPLICA: {}, OTHER: {}}
        self.refuses, self.silent, self.broken = {}, {}, {}
        self.asked = []

    def put(self, key, *regions, version="v1", size=1, status="COMPLETED", at=LONG_AGO):
        for region in regions:
            told = {"VersionId": version, "ContentLength": size, "ETag": f'"{version:0>32}"', "LastModified": at}
            is_replica = region != PRIMARY
            self.held[region][key] = told | {"ReplicationStatus": "REPLICA" if is_replica else status}

    def client(self, service, region):
        client = MagicMock()
        client.get_paginator().paginate = lambda **_: self.pages(region)
        client.head_object = lambda Key, **_: self.head(region, Key)
        client.list_objects_v2 = lambda **_: {"Contents": [{"Key": key} for key in self.held[region]]}
        return client

    def pages(self, region):
        if region in self.silent:
            self.silent[region].wait()
        if region in self.refuses:
            raise refusal(self.refuses[region], "ListObjectVersions", 403)
        for key, told in sorted(self.held[region].items()):
            entry = {"Key": key, "VersionId": told["VersionId"], "LastModified": told["LastModified"], "IsLatest": True}
            if told["ContentLength"] < 0:
                yield {"DeleteMarkers": [entry]}
            else:
                stored = {"StorageClass": told.get("StorageClass", "STANDARD")}
                yield {"Versions": [entry | stored | {"Size": told["ContentLength"], "ETag": told["ETag"]}]}

    def head(self, region, key):
        self.asked.append((region, key))
        if isinstance(broken := self.broken.get(region), Exception):
            raise broken
        if broken is not None:
            return broken
        told = self.held[region].get(key)
        if told is None or told["ContentLength"] < 0:
            raise refusal("404", "HeadObject", 404)
        return told


@pytest.fixture
def s3():
    return Copies()


def found(s3, *, replicas=1, more="", patience=60, but=(), asked=()):
    of = site(replicas=replicas, more=more)
    account = Account(ACCOUNT, s3.client)
    beside = Beside(of, account, source=PRIMARY, patience=patience)
    list(beside.read(listing.in_turn(account.client("s3", PRIMARY), of.names(ACCOUNT).primary)))
    return beside.found(but=but, asked=asked)


def test_replicas_that_hold_everything_lack_nothing(s3):
    for key in ("a", "b", "c"):
        s3.put(key, PRIMARY, REPLICA, OTHER)
    told = found(s3, replicas=2)
    assert (told.keys, told.due, told.unseen) == ({}, frozenset(), {})
    assert s3.asked == []


def test_what_each_replica_lacks_is_told_by_region_and_kind(s3):
    for key in ("gone", "marked", "other", "sound"):
        s3.put(key, PRIMARY, REPLICA, OTHER)
    del s3.held[REPLICA]["gone"]
    s3.put("marked", REPLICA, version="m", size=-1)
    s3.put("other", OTHER, size=2)
    s3.put("stray", REPLICA)
    told = found(s3, replicas=2)
    assert told.keys == {
        REPLICA: {DriftKind.MISSING: ["gone"], DriftKind.UNDELETED: ["marked"]},
        OTHER: {DriftKind.SIZE: ["other"]},
    }
    assert told.of(REPLICA) == {"gone", "marked"}


def test_what_this_run_uploads_or_deletes_does_not_count(s3):
    s3.put("uploaded", PRIMARY)
    s3.put("lost", PRIMARY)
    assert found(s3, but={"uploaded"}).keys == {REPLICA: {DriftKind.MISSING: ["lost"]}}


def test_what_replicas_do_not_get_does_not_count(s3):
    s3.put("private/a", PRIMARY)
    s3.put("media/a", PRIMARY)
    more = 'replication = { prefixes = ["media/", "_s3-failover/"] }'
    assert found(s3, more=more).keys == {REPLICA: {DriftKind.MISSING: ["media/a"]}}


@pytest.mark.parametrize(
    ("status", "is_due"), [("PENDING", True), ("REPLICA", True), ("COMPLETED", False), ("FAILED", False), ("", False)]
)
def test_what_was_written_lately_is_on_its_way_if_s3_says_so(s3, status, is_due):
    s3.put("young", PRIMARY, at=YOUNG, status=status)
    told = found(s3)
    assert told.due == ({"young"} if is_due else set())
    assert told.coming == ({REPLICA: ["young"]} if is_due else {})
    assert told.keys == ({} if is_due else {REPLICA: {DriftKind.MISSING: ["young"]}})


@pytest.mark.parametrize("asked", [(), ("young",)])
def test_what_is_archived_does_not_come_by_itself_however_young_it_is(s3, asked):
    for key in ("young", "sound"):
        s3.put(key, PRIMARY, REPLICA, at=YOUNG, status="PENDING")
    s3.held[REPLICA]["young"]["StorageClass"] = "DEEP_ARCHIVE"
    told = found(s3, asked=asked)
    assert (told.keys, told.coming) == ({REPLICA: {DriftKind.ARCHIVED: ["young"]}}, {})


@pytest.mark.parametrize("replica", ["STANDARD", "GLACIER"])
def test_a_replica_lacks_nothing_of_what_the_primary_archived(s3, replica):
    s3.put("old", PRIMARY, REPLICA)
    s3.held[PRIMARY]["old"]["StorageClass"] = "GLACIER"
    s3.held[REPLICA]["old"]["StorageClass"] = replica
    told = found(s3, asked=("old",))
    assert (told.keys, told.coming) == ({}, {})


def test_s3_is_asked_about_old_objects_only_where_somebody_waits_for_them(s3):
    s3.put("old", PRIMARY, status="PENDING")
    s3.put("awaited", PRIMARY, status="PENDING")
    told = found(s3, asked={"awaited"})
    assert (told.due, told.keys) == ({"awaited"}, {REPLICA: {DriftKind.MISSING: ["old"]}})
    assert {key for _, key in s3.asked} == {"awaited"}


def test_what_arrived_since_the_replica_was_listed_is_not_missing(s3):
    s3.put("young", PRIMARY, at=YOUNG)
    of, account = site(), Account(ACCOUNT, s3.client)
    beside = Beside(of, account, source=PRIMARY, patience=60)
    list(beside.read(listing.in_turn(account.client("s3", PRIMARY), of.names(ACCOUNT).primary)))
    beside._readings[REPLICA]._thread.join()
    s3.put("young", REPLICA, at=YOUNG)
    assert (beside.found(but=()).keys, s3.asked) == ({}, [(PRIMARY, "young"), (REPLICA, "young")])


def test_an_overwrite_that_was_replicated_since_the_source_was_asked_is_no_difference(s3):
    s3.put("young", PRIMARY, version="v1", at=YOUNG)
    s3.put("young", REPLICA, version="v2", size=2, at=YOUNG + timedelta(seconds=1))
    assert found(s3).keys == {}


def test_two_way_other_content_may_be_the_newer_and_is_not_lacking(s3):
    for key in ("other", "gone"):
        s3.put(key, PRIMARY, REPLICA)
    s3.put("other", REPLICA, size=2)
    del s3.held[REPLICA]["gone"]
    told = found(s3, more="replication = { two_way = true }")
    assert told.keys == {REPLICA: {DriftKind.MISSING: ["gone"]}}


def test_without_versions_what_is_young_may_be_on_its_way_unless_the_replica_is_empty(s3):
    more = 'replication = { engine = "lambda" }'
    s3.put("young", PRIMARY, at=YOUNG)
    assert found(s3, more=more).keys == {REPLICA: {DriftKind.MISSING: ["young"]}}
    s3.put("other", PRIMARY, REPLICA)
    told = found(s3, more=more)
    assert (told.keys, told.due) == ({}, {"young"})


def test_a_replica_that_may_not_be_listed_is_named_and_the_others_are_compared(s3):
    s3.refuses[OTHER] = "AccessDenied"
    s3.put("lost", PRIMARY)
    told = found(s3, replicas=2)
    assert list(told.unseen) == [OTHER]
    assert "expected the permission s3:ListBucketVersions" in told.unseen[OTHER]
    assert told.keys == {REPLICA: {DriftKind.MISSING: ["lost"]}}


@pytest.mark.parametrize("error", [refusal("AccessDenied", "HeadObject", 403), refusal("500", "HeadObject", 500)])
def test_a_replica_whose_objects_cannot_be_looked_at_is_named_and_the_others_are_compared(s3, error):
    s3.broken[OTHER] = error
    s3.put("young", PRIMARY, at=YOUNG)
    told = found(s3, replicas=2)
    assert told.keys == {REPLICA: {DriftKind.MISSING: ["young"]}}
    assert list(told.unseen) == [OTHER]
    assert told.unseen[OTHER].startswith("cannot look for young in ")


def test_an_answer_about_an_object_that_was_not_expected_is_told(s3):
    s3.put("young", PRIMARY, REPLICA, at=YOUNG)
    s3.put("young", REPLICA, version="v2", size=2)
    s3.broken[REPLICA] = {}
    assert found(s3).unseen == {REPLICA: "S3 gave an answer that was not expected, KeyError: 'LastModified'"}


def test_a_replica_that_does_not_answer_is_not_waited_for(s3):
    s3.silent[REPLICA] = threading.Event()
    s3.put("lost", PRIMARY)
    told = found(s3, patience=0)
    s3.silent[REPLICA].set()
    assert (told.keys, told.unseen) == ({}, {REPLICA: "S3 did not answer within 0 s"})


def test_an_answer_that_was_not_expected_is_told(s3):
    s3.pages = lambda region: iter([{"Versions": [{}]}] if region == REPLICA else [])
    assert found(s3).unseen == {REPLICA: "S3 gave an answer that was not expected, KeyError: 'IsLatest'"}


def test_the_replicas_comparisons_end_when_the_primary_cannot_be_listed(s3):
    of, account = site(), Account(ACCOUNT, s3.client)

    def pages():
        yield []
        raise RuntimeError

    beside = Beside(of, account, source=PRIMARY, patience=60)
    with pytest.raises(RuntimeError):
        list(beside.read(pages()))
    beside._readings[REPLICA]._thread.join(60)
    assert not beside._readings[REPLICA]._thread.is_alive()
