"""What a primary lacks of its replicas, and how it is copied there."""

# ruff: noqa: N803 - arguments are spelled as AWS spells them

from datetime import UTC, datetime, timedelta

import pytest
import sites
from fake_accounts import ACCOUNT, refusal

from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.backfill.result import CopyFailure, Done
from s3_failover.operations.leaving import fill
from s3_failover.operations.leaving.fill import Missing

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PRIMARY, FIRST, SECOND = "eu-west-1", "eu-central-1", "ap-south-1"
LAMBDA = 'replication = { engine = "lambda" }'


class Bucket:
    """S3 of a region with one bucket, of one version a key."""

    def __init__(self, **objects):
        self.objects, self.copied, self.head, self.refuses = objects, [], {}, None

    def get_paginator(self, operation):
        assert operation == "list_object_versions"
        return self

    def paginate(self, Bucket, Prefix):
        versions, markers = [], []
        for key, (version, age, *more) in sorted(self.objects.items()):
            entry = {"Key": key, "VersionId": version, "LastModified": NOW - timedelta(minutes=age), "IsLatest": True}
            if more == ["deleted"]:
                markers.append(entry)
            else:
                etag, *storage = more or ['"e"']
                versions.append(entry | {"Size": 3, "ETag": etag, "StorageClass": (storage or ["STANDARD"])[0]})
        yield {"Versions": versions, "DeleteMarkers": markers, "IsTruncated": False}

    def head_object(self, Bucket, Key, ChecksumMode):
        version, _, *more = self.objects[Key]
        return {"VersionId": version, "ETag": (more or ['"e"'])[0], "ContentLength": 3} | self.head

    def copy_object(self, **request):
        if self.refuses:
            raise refusal(self.refuses, "CopyObject", 412)
        self.copied.append(request)
        return {"VersionId": "new"}


class World:
    def __init__(self, *, replicas=1, more="", **regions):
        self.site = sites.site(replicas=replicas, more=more)
        self.regions = {PRIMARY: Bucket(), FIRST: Bucket(), SECOND: Bucket()} | regions
        self.account = Account(ACCOUNT, lambda _, region: self.regions[region])

    def missing(self):
        found = list(fill.missing(self.site, self.account))
        counted = fill.survey(self.site, self.account)
        copied = [each.size for each in found if not each.archive]
        assert (counted.objects, counted.bytes) == (len(copied), sum(copied))
        assert counted.absent == len(list(fill.absent(self.site, self.account)))
        return found

    def fill(self):
        found = self.missing()
        return fill.fill(self.site, self.account, found, len(found), lambda line: None)


def world(primary=(), first=(), second=(), **more):
    named = {PRIMARY: Bucket(**dict(primary)), FIRST: Bucket(**dict(first)), SECOND: Bucket(**dict(second))}
    return World(**{"replicas": 2, **more}, **named)


def test_all_that_a_replica_holds_is_missing_but_the_health_object_and_what_is_deleted():
    found = world(first={"a": ("1", 5), "gone": ("2", 5, "deleted"), "_s3-failover/health.txt": ("3", 5)})
    assert found.missing() == [Missing("a", "1", 3, FIRST, None)]


def test_of_each_key_the_newest_copy_counts_wherever_it_is():
    found = world(
        first={"a": ("old", 9), "b": ("new", 1), "gone": ("1", 9)},
        second={"a": ("new", 1), "b": ("old", 9), "c": ("1", 9), "gone": ("2", 1, "deleted")},
    )
    assert [(each.key, each.version_id, each.region) for each in found.missing()] == [
        ("a", "new", SECOND),
        ("b", "new", FIRST),
        ("c", "1", SECOND),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "more", "lacks"),
    [
        (("1", 5), ("1", 5), "", False),
        (("2", 1), ("1", 5), "", False),
        (("1", 5, "deleted"), ("2", 9), "", False),
        (("1", 5), ("2", 1), "", True),
        (("1", 5, "deleted"), ("2", 1), "", True),
        (("null", 5, '"e"'), ("null", 1, '"e"'), LAMBDA, False),
        (("null", 5, '"d"'), ("null", 1, '"e"'), LAMBDA, True),
        (("null", 1, '"d"'), ("null", 5, '"e"'), LAMBDA, False),
    ],
)
def test_what_the_primary_has_is_not_missing_unless_the_replica_has_something_newer(ours, theirs, more, lacks):
    found = world(primary={"a": ours}, first={"a": theirs}, more=more)
    assert [each.key for each in found.missing()] == (["a"] if lacks else [])


def test_a_copy_keeps_headers_and_tags_and_writes_over_nothing():
    found = world(first={"a": ("1", 5)})
    found.regions[FIRST].head = {
        "ContentType": "text/css",
        "Metadata": {"n": "1"},
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "of-eu-central-1",
    }
    done = found.fill()
    (request,) = found.regions[PRIMARY].copied
    names = found.site.names(ACCOUNT)
    assert request == {
        "Bucket": names.primary,
        "Key": "a",
        "CopySource": {"Bucket": names.replica(FIRST), "Key": "a", "VersionId": "1"},
        "MetadataDirective": "REPLACE",
        "TaggingDirective": "COPY",
        "IfNoneMatch": "*",
        "ContentType": "text/css",
        "Metadata": {"n": "1"},
    }
    assert (done.copied, done.bytes, done.left) == (1, 3, 0)


def test_an_older_object_is_replaced_only_while_it_is_that_one():
    found = world(primary={"a": ("0", 9, '"old"')}, first={"a": ("1", 5)})
    found.fill()
    assert found.regions[PRIMARY].copied[0]["IfMatch"] == '"old"'


def test_what_others_wrote_meanwhile_stays():
    found = world(first={"a": ("1", 5)})
    found.regions[PRIMARY].refuses = "PreconditionFailed"
    done = found.fill()
    assert (done.copied, done.changed) == (0, 1)


def test_what_is_archived_is_told_and_not_tried():
    found = world(first={"a": ("1", 5), "b": ("2", 5, '"e"', "GLACIER")})
    done = found.fill()
    assert ([each["Key"] for each in found.regions[PRIMARY].copied], done.left, done.example) == (["a"], 1, "b")


def test_a_replica_lacks_what_it_never_had_and_is_copied():
    found = world(
        primary={
            "a": ("1", 5),
            "b": ("2", 5),
            "c": ("3", 5, "deleted"),
            "d": ("4", 5, '"e"', "GLACIER"),
            "x/e": ("5", 5),
        },
        first={"a": ("0", 9), "b": ("2", 5)},
        second={"a": ("1", 5, "deleted")},
        more='replication = { prefixes = ["_s3-failover/", "a", "b", "c", "d"] }',
    )
    found.regions[PRIMARY].objects["_s3-failover/health.txt"] = ("6", 5)
    assert list(fill.absent(found.site, found.account)) == [("b", "2", 3)]


@pytest.mark.parametrize(("more", "way"), [("", "direct"), (LAMBDA, "queue")])
def test_what_a_replica_never_had_goes_the_way_of_the_engine(monkeypatch, more, way):
    handed = {}

    def replicate(site, account, items, **more):
        handed["direct"] = list(items)
        return Done(len(items), 0, [CopyFailure("late", 1, "a")] if more["seconds"] < 0 else [])

    def hand_over(site, account, items):
        handed["queue"] = list(items)
        yield from handed["queue"]

    monkeypatch.setattr(fill.direct, "replicate", replicate)
    monkeypatch.setattr(fill.queue, "hand_over", hand_over)
    found = world(primary={"a": ("1", 5)}, more=more)
    wanted = list(fill.absent(found.site, found.account))
    assert fill.replicate(found.site, found.account, wanted, lambda line: None) == 1
    assert handed == {way: [("a", "1", 3)]}
    assert fill.replicate(found.site, found.account, [], lambda line: None) == 0
    if way == "direct":
        monkeypatch.setattr(fill, "REPLICATION_SECONDS", -1)
        with pytest.raises(UserError, match="replicas lack 1 objects: late, as a: run it again"):
            fill.replicate(found.site, found.account, wanted, lambda line: None)
