"""The runbook has a section for each alarm, and names commands that exist."""

import re

import pytest
from cdk_templates import ROOT
from typer.testing import CliRunner

from s3_failover.cli.app import app

RUNBOOK = (ROOT / "docs" / "operate" / "runbook.md").read_text()
COMMANDS = sorted(
    {(each[0], *re.findall(r"--[a-z-]+", each[1])) for each in re.findall(r"s3-failover ([a-z]+)([^`\n|]*)", RUNBOOK)}
)


def alarms():
    """The alarms of the generated page, without the regions that they are about."""
    rows = re.findall(r"^\| `([a-z0-9-]+)`", (ROOT / "docs" / "alarms.md").read_text(), re.MULTILINE)
    return {re.sub(r"-(to-)?[a-z]{2}-[a-z]+-\d$", "", row) for row in rows}


def test_each_alarm_has_its_section_and_no_other_has_one():
    assert set(re.findall(r"^### ([a-z0-9-]+)$", RUNBOOK, re.MULTILINE)) == alarms()


def test_each_row_of_the_index_leads_to_a_section_of_its_own():
    index = RUNBOOK.partition("\n## ")[0]
    anchors = re.findall(r"\]\(#([a-z0-9-]+)\)", index)
    assert len(anchors) == len(set(anchors)) >= 12


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_exists_with_its_options(command):
    name, *options = command
    path = ["backfill", "run"] if name == "backfill" else [name]
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert [option for option in options if option not in shown.stdout] == []
