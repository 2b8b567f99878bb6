"""Publishing while control planes are down or refuse."""

import threading

import pytest

from s3_failover.cli import publish as cli
from s3_failover.operations.publish import PublishResult
from s3_failover.operations.refusals import DeniedError


@pytest.mark.parametrize("away", ["describe_stacks", "list_invalidations", "create_invalidation"])
def test_while_control_planes_are_down_the_cdn_is_owed_and_the_next_run_pays(bucket, run, tmp_path, away):
    (tmp_path / "a.txt").write_text("x")
    bucket.away = {away}
    done = run()
    assert bucket.replica["a.txt"] == bucket.held["a.txt"]
    assert (done.invalidated, "temporarily unavailable" in done.owed) == ((), True)
    assert (run.read, done.proof, list(done.unseen)) == (["a.txt"], {"secondary": ""}, ["distribution"])
    result = PublishResult.of("shop", "eu-west-1", done.changes, done)
    assert cli._exit_code(result) == cli.OWED
    assert "run publish again when CloudFront answers" in "".join(cli._lines(result))
    bucket.away = set()
    paid = run()
    assert (paid.changes.uploads, paid.invalidated, paid.owed) == ((), ("/a.txt",), "")
    assert cli._exit_code(PublishResult.of("shop", "eu-west-1", paid.changes, paid)) == 0


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
