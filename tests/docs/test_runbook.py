"""The runbook has a section for each alarm, and names commands that exist."""

import re

import pytest
from cdk_templates import ROOT
from typer.testing import CliRunner

from s3_failover.cli.app import app

RUNBOOK = ROOT / "docs" / "runbook"
PAGES = {path.stem: path.read_text() for path in sorted(RUNBOOK.glob("*.md"))}
COMMANDS = sorted(
    {
        (each[0], *re.findall(r"--[a-z-]+", each[1]))
        for text in PAGES.values()
        for each in re.findall(r"s3-failover ([a-z]+)([^`\n|]*)", text)
    }
)


def alarms():
    """The alarms of the generated page, without the regions that they are about."""
    rows = re.findall(r"^\| `([a-z0-9-]+)`", (ROOT / "docs" / "alarms.md").read_text(), re.MULTILINE)
    return {re.sub(r"-(to-)?[a-z]{2}-[a-z]+-\d$", "", row) for row in rows}


def test_each_alarm_has_its_section_and_no_other_has_one():
    assert set(re.findall(r"^## ([a-z0-9-]+)$", PAGES["alarms"], re.MULTILINE)) == alarms()


def test_the_index_leads_to_each_page_and_fits_a_screen():
    links = re.findall(r"\]\(([a-z-]+)\.md\)", PAGES["README"])
    assert sorted(links) == sorted(PAGES.keys() - {"README"})
    assert len(PAGES["README"].splitlines()) <= 40


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_exists_with_its_options(command):
    name, *options = command
    path = ["backfill", "run"] if name == "backfill" else [name]
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert [option for option in options if option not in shown.stdout] == []
