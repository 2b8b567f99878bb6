"""What every command prints with --json of a deployed site is one document, as its schema says."""

import pytest
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover.cli import reference, target
from s3_failover.cli.app import app

pytestmark = pytest.mark.embedded

OFFLINE = {"check", "checker-ranges", "init", "policies"}
"""Need no account: tests/cli/test_reference.py and test_init.py have them."""

COMMANDS = [
    ("backfill", "docs", "--dry-run"),
    ("cost", "docs", "--deployed"),
    ("doctor", "docs"),
    ("drill", "deny-primary", "docs", "--dry-run", "--even-if-unhealthy"),
    ("drill", "--undo", "docs"),
    ("evacuate", "docs", "--dry-run", "--force"),
    ("return", "docs"),
    ("preflight", "docs"),
    ("publish", ".", "--site", "docs", "--dry-run"),
    ("restore", "documents/", "--before", "0s", "--site", "docs", "--dry-run"),
    ("status",),
    ("verify", "docs", "--sample", "3"),
]


@pytest.fixture
def printed(sites_file, account, resolver, hybrid, monkeypatch, tmp_path):
    """Runs a command on the embedded AWS, and returns what it prints on stdout."""
    (tmp_path / "a.txt").write_text("content")
    hybrid.put("documents/a.txt", b"content")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(target, "embedded", lambda: account)
    monkeypatch.setattr(target, "_embedded_dns", lambda: resolver)

    def run(*arguments):
        result = CliRunner().invoke(app, [*arguments, "--config", str(sites_file), "--local", "--json"])
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.stdout

    return run


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_document_is_as_its_schema_says(printed, arguments):
    assert as_declared(arguments[0], printed(*arguments))


def test_no_command_is_forgotten():
    elsewhere = {name for name in reference.RESULTS if name.startswith("local ")}
    assert {command for command, *_ in COMMANDS} | OFFLINE == reference.RESULTS.keys() - elsewhere
