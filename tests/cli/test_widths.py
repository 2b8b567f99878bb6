"""Help fits 80 columns, and what commands print fits a terminal of 60."""

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from breakable_aws.health import DeployedCheck
from s3_failover.cli import health, output, return_
from s3_failover.cli.app import app
from s3_failover.operations.evacuation.condition import Condition, Met


def commands(group=None, path=()):
    """Return every command and group by its words."""
    group = group or get_command(app)
    yield path
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def test_help_fits_80_columns_and_cuts_no_summary():
    pages = {
        " ".join(words): CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"}).stdout
        for words in commands()
    }
    assert all(text.startswith("Usage:") for text in pages.values())
    wide = [(name, line) for name, text in pages.items() for line in text.splitlines() if len(line) > 80]
    assert wide == []
    assert [name for name, text in pages.items() if "..." in text.partition("\nCommands:\n")[2]] == []


@pytest.mark.parametrize(("told", "columns"), [("20", 60), ("60", 60), ("80", 80), ("300", 100)])
def test_lines_are_as_wide_as_the_terminal_within_reason(monkeypatch, told, columns):
    monkeypatch.setenv("COLUMNS", told)
    assert output.columns() == columns


def test_without_a_terminal_nothing_limits_a_line(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert output.columns() is None


def test_health_in_a_narrow_terminal_has_a_block_for_each_check():
    target = "https://www.example.com/_s3-failover/health.txt"
    checks = [
        DeployedCheck("1", "www primary", "HTTPS", target, True, 93.75, "Success: HTTP Status Code 200, OK" * 2),
        DeployedCheck("2", "www failover", "CALCULATED", "1 of 2 checks", False, None, ""),
    ]
    lines = list(health._lines(checks, 60))
    assert lines[0] == "www primary: healthy, by 94 % of its checkers"
    assert lines[-2:] == ["www failover: UNHEALTHY", "  1 of 2 checks"]
    assert max(map(len, lines)) <= 60
    assert max(map(len, health._lines(checks, None))) > 100


def test_conditions_of_a_return_fit(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    condition = Condition("replicas hold what the primary holds", Met.NOT_MET, "12 differ " * 9, "fix it " * 9)
    assert max(map(len, return_._condition(condition))) <= 60
