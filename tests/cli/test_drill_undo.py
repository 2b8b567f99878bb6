"""What `s3-failover drill` prints and changes with `--undo`, and where its report cannot be written."""

import json
from types import SimpleNamespace

import pytest
from fake_accounts import ACCOUNT, Parameters, Policies, account, begun
from sites import site
from typer.testing import CliRunner

from s3_failover.cli import drill
from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.errors import UserError
from s3_failover.operations.drill import remains
from s3_failover.operations.drill.deny_primary import statement
from s3_failover.operations.drill.journal import Journal

DENIAL = statement("S3FailoverDrill1", "bucket", "arn", "2026-01-01T00:00:00Z")
ENTRY = begun("deny-primary", {"bucket": "bucket", "region": "eu-west-1", "statement": DENIAL})


@pytest.fixture
def s3():
    return Policies([DENIAL])


@pytest.fixture(autouse=True)
def journal(monkeypatch, s3, tmp_path):
    there = account(ssm=Parameters(), s3=s3)
    monkeypatch.setattr(Where, "target", lambda *_, **__: Target(site(), there))
    monkeypatch.setattr(drill, "_folder", lambda: tmp_path)
    monkeypatch.setattr(remains.health_checks, "endpoints", lambda site, account: {})
    written = Journal(site(), there, tmp_path)
    written.write(ENTRY)
    return written


def run(*arguments):
    return CliRunner().invoke(app, ["drill", *arguments])


def test_a_dry_run_of_the_undo_says_what_it_would_undo_and_changes_nothing(journal, s3):
    result = run("--undo", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout == f"not undone, because of --dry-run: {ENTRY.told()}\n"
    told = json.loads(run("--undo", "--dry-run", "--json").stdout)
    assert (told["dry_run"], told["finished"], told["undo"]) == (True, [], [ENTRY.told()])
    assert s3.writes == 0
    assert journal.read() == journal.copy() == ENTRY


def test_the_undo_says_what_it_has_undone(journal, s3):
    told = json.loads(run("--undo", "--json").stdout)
    assert (told["dry_run"], [each["id"] for each in told["finished"]]) == (False, ["1"])
    assert s3.policy is None
    assert "nothing to undo" in run("--undo").stdout


def test_what_lost_records_left_is_removed_and_damaged_ones_are_deleted(journal, s3):
    journal.file.write_text("{}")
    journal.clear(ENTRY)
    left = f"the statement S3FailoverDrill1 in the policy of {site().names(ACCOUNT).primary}"
    assert run("--undo", "--dry-run").stdout.splitlines() == [
        f"not removed, because of --dry-run: {left}, which a drill left whose record is lost"
    ]
    assert (s3.writes, journal.file.exists()) == (0, True)
    told = json.loads(run("--undo", "--json").stdout)
    assert (told["remains"], told["forgotten"], told["finished"]) == ([left], [str(journal.file)], [])
    assert (s3.policy, journal.file.exists()) == (None, False)


def test_a_report_that_cannot_be_written_is_said_before_anything_is_broken(tmp_path):
    (tmp_path / "file").write_text("")
    result = run("deny-primary", "--yes", "--report", str(tmp_path / "file"))
    assert isinstance(result.exception, UserError)
    assert "is no directory" in str(result.exception)


def test_a_report_that_could_not_be_written_is_said_without_a_traceback(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drill.local_drill, "write", full)
    monkeypatch.setattr(drill.summary, "verdict", lambda *_: None)
    with pytest.raises(UserError, match="No space left on device"):
        planned = SimpleNamespace(result=lambda *_: {"held": True})
        found, files = SimpleNamespace(scenarios=[], held=True), drill.ReportFiles(report=tmp_path)
        drill._conclude(None, planned, None, found, files, as_json=True)
