from pathlib import Path

import pytest
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover.cli import reference
from s3_failover.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", reference.pages())
def test_page_is_what_the_command_says(page):
    """If not, run `make docs`."""
    assert (DOCS / page).read_text() == reference.pages()[page]


def test_there_is_no_schema_of_a_command_that_is_gone():
    assert {f"schemas/{path.name}" for path in (DOCS / "schemas").iterdir()} | {"cli.md", "findings.md"} == set(
        reference.pages()
    )


def test_every_command_that_has_json_has_a_schema():
    text = reference.pages()["cli.md"]
    sections = [section for section in text.split("\n## ")[1:] if "--json" in section]
    commands = {section.partition("`\n")[0].removeprefix("`s3-failover ") for section in sections}
    assert {" ".join(name.split()[: 2 if name.startswith("local ") else 1]) for name in commands} == set(
        reference.RESULTS
    )


def test_no_line_of_help_is_too_wide_for_a_terminal():
    assert max(map(len, reference.pages()["cli.md"].splitlines())) <= 120


@pytest.fixture
def printed(tmp_path, monkeypatch):
    """Runs a command that needs no account on a configuration, and checks what it prints against its schema."""
    monkeypatch.chdir(tmp_path)

    def run(command, config):
        Path("failover.toml").write_text(config)
        return as_declared(command, CliRunner().invoke(app, [command, "--json"]).stdout)

    return run


SITE = """
[sites.shop]
hostname        = "shop.example.com"
account         = "123456789012"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
existing        = { primary_bucket = "mine" }
"""


@pytest.mark.parametrize("command", ["check", "policies", "checker-ranges"])
def test_what_is_printed_is_as_its_schema_says(printed, command):
    assert printed(command, SITE)


def test_findings_are_as_their_schema_says(printed):
    assert printed("check", SITE.replace("eu-central-1", "eu-west-1"))["findings"]
