"""The commands of the release workflow exist, with their options."""

import shlex

import pytest
from cdk_templates import ROOT
from typer.main import get_command
from typer.testing import CliRunner
from workflows import commands, load

from s3_failover.cli.app import app

RELEASE = ROOT / "examples/release/release.yml"
COMMANDS = [line.partition(" || ")[0] for line in commands(load(RELEASE), "s3-failover")]


def test_the_workflow_publishes_compares_and_asks_who_serves():
    assert [shlex.split(each)[1] for each in COMMANDS] == ["check", "publish", "verify", "status"]


@pytest.mark.parametrize("line", COMMANDS)
def test_command_has_these_options(line):
    _, name, *arguments = shlex.split(line)
    get_command(app).commands[name].make_context(name, arguments)
    assert CliRunner().invoke(app, [name, *arguments, "--none"]).exit_code == 2
