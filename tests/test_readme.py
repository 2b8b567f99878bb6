"""README is short, says the status first, and what it shows is true."""

import functools
import re
from pathlib import Path

import aws_cdk
import pytest
from typer.main import get_command

from s3_failover.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = README.splitlines()


def test_it_is_short_and_says_its_status_on_the_first_screen():
    assert len(LINES) <= 200
    screen = " ".join(LINES[:12])
    assert "**Status**: alpha" in screen
    assert "never yet on a live account" in screen


def test_hybrid_is_shown_first():
    assert re.findall(r"!\[.*?\]\((.*?)\)", README)[:2] == [
        "docs/drill-hybrid.svg",
        "docs/drill-dns.svg",
    ]


def test_its_outages_are_those_that_the_drills_measured():
    (table,) = re.findall(r"(?m)^\| outage, (?:.*\n)+?\n", README)
    assert table in (ROOT / "docs/drill.md").read_text(encoding="utf-8")


COMMANDS = sorted(set(re.findall(r"(?:`|[$&] |\()s3-failover ([a-z][a-z-]+)", README)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_it_names_exists(command):
    assert command in get_command(app).commands


def test_the_site_in_python_synthesizes(monkeypatch, tmp_path):
    (code,) = re.findall(r"```python\n(from aws_cdk import .*?)```", README, re.DOTALL)
    monkeypatch.setattr(aws_cdk, "App", functools.partial(aws_cdk.App, outdir=str(tmp_path)))
    names = {}
    exec(compile(code, "README", "exec"), names)
    stacks = names["site"].stacks
    assert {f"{stack.artifact_id}.template.json" for stack in stacks.all} == {
        path.name for path in tmp_path.glob("*.template.json")
    }
    assert stacks.edge.stack_name == "s3-failover-shop-example-com-edge-us-east-1"
