"""What a publication prints, and its exit codes."""

from dataclasses import replace
from pathlib import Path

import pytest
from sites import site

from s3_failover.cli import publish as cli
from s3_failover.errors import UserError
from s3_failover.operations import delays
from s3_failover.operations.account import Account
from s3_failover.operations.changes import Changes, Reason, Upload
from s3_failover.operations.content import Digest, File
from s3_failover.operations.lacking import Lacking
from s3_failover.operations.parity import DriftKind
from s3_failover.operations.publish import Published, PublishResult
from s3_failover.operations.waiting import ReplicationWait


def test_only_what_changes_is_said_and_after_a_while_why_nothing_does(bucket, said, monkeypatch):
    reasons = iter(["the check is unhealthy"] * 3 + ["the check is healthy"] * 99)
    monkeypatch.setattr(delays, "why", lambda site, account, source, region: next(reasons))
    bucket.connected = False
    bucket.write("a.txt", "v1")
    waiting = ReplicationWait(site(), Account("123456789012", bucket.client), "eu-west-1", 900, 60, said.append)
    with pytest.raises(UserError, match=r"1 object has not reached .*: a\.txt; it is in eu-west-1"):
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
    result = PublishResult.of("shop", "eu-west-1", changes, Published(changes, {}, {}, (), proof))
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
    assert list(cli._lacking(site(), PublishResult.of("shop", "eu-west-1", changes, None))) == [
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
    lines = list(cli._lines(PublishResult.of("shop", "eu-west-1", changes, None)))
    assert lines[:4] == [
        "  would upload 'b\\u2028c' (new, 1 byte)",
        "  would delete 'a\\n0 files uploaded'",
        "  would delete '\\x1b[2J'",
        "  would delete plain",
    ]
