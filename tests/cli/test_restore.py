"""What `s3-failover restore` asks, refuses and prints."""

import pytest
from schemas import as_declared
from sites import site
from typer.testing import CliRunner
from versioned_site import VersionedSite

from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.account import Account

HERE, THERE = "eu-west-1", "eu-central-1"


@pytest.fixture
def stored(monkeypatch):
    """A site of which everything was deleted an hour ago."""
    made = VersionedSite(HERE, THERE)
    for number in range(12):
        made.put(f"{number:02}.txt", b"x")
    with made.later(days=4, hours=23):
        made.delete(*made.shown(HERE))
    account = Account("123456789012", made.client)
    monkeypatch.setattr(Where, "target", lambda *_, **__: Target(site(), account))
    return made


def run(*arguments):
    return CliRunner().invoke(app, ["restore", *arguments, "--no-wait"])


def test_it_says_what_it_would_do_before_it_asks_and_does_nothing_where_no_one_can_answer(stored):
    result = run("--before", "90m")
    assert "00.txt (was deleted at " in result.stderr
    assert "  ... and 2 more" in result.stderr
    assert "to restore: 12 deleted objects, 0 overwritten, 12 bytes; 0 to delete; 0 unchanged since" in result.stderr
    assert isinstance(result.exception, UserError)
    assert (result.exception.exit_code, "add --yes" in str(result.exception)) == (2, True)
    assert stored.shown(THERE) == {}


def test_a_dry_run_needs_no_answer_and_changes_nothing(stored):
    result = run("--before", "90m", "--dry-run", "--json")
    found = as_declared("restore", result.stdout)
    assert (result.exit_code, len(found["restores"]), found["dry_run"]) == (0, 12, True)
    assert stored.shown(THERE) == {}


def test_with_yes_it_restores_and_says_what_it_did(stored):
    result = run("--before", "90m", "--yes", "0")
    assert "restored 10 objects, 10 bytes; deleted 0" in result.stdout
    assert (result.exit_code, len(stored.shown(THERE))) == (0, 10)


def test_json_has_what_was_done(stored):
    found = as_declared("restore", run("--before", "90m", "--yes", "--json").stdout)
    assert found["restores"][0] | {"at": "", "version_id": ""} == {
        "key": "00.txt",
        "event": "deleted",
        "at": "",
        "bytes": 1,
        "version_id": "",
    }
    assert found["invalidated"][0] == "/00.txt"


def test_nothing_to_do_is_not_asked_about(stored):
    result = run("--before", "1m")
    assert (result.exit_code, "restored 0 objects" in result.stdout) == (0, True)


def test_what_is_not_kept_or_cannot_be_copied_is_named_and_ends_with_3(stored):
    stored.expire("00.txt", stored.copies[HERE]["00.txt"][1].id)
    result = run("--before", "90m", "--yes")
    assert "not kept: 1 object of which there may have been a version then (00.txt)" in result.stdout
    assert result.exit_code == 3


def test_what_cloudfront_owes_ends_with_4(stored):
    stored.refuses["create_invalidation"] = "ServiceUnavailable"
    result = run("--before", "90m", "--yes")
    assert result.exit_code == 4
    assert "owed: not invalidated: " in result.stdout
    assert "run restore again when CloudFront answers" in result.stdout


def test_a_missing_permission_prints_the_policy(stored):
    stored.refuses["copy_object"] = "AccessDenied"
    result = run("--before", "90m", "--yes")
    assert "the least policy for `s3-failover restore` on shop" in result.stderr


@pytest.mark.parametrize("text", ["14:00", "yesterday", "90"])
def test_a_time_that_is_none_is_refused(stored, text):
    assert "--before is " in str(run("--before", text).exception)


def test_a_time_without_an_offset_is_utc_and_the_command_says_how_it_reads_one(stored):
    day = f"{stored.clock:%Y-%m-%d}"
    assert f"held before {day} 00:30:00 UTC" in run("--before", f"{day}T01:30+01:00", "--dry-run").stderr
    assert f"held before {day} 00:30:00 UTC" in run("--before", f"{day}T00:30", "--dry-run").stderr
