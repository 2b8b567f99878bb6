"""The least policy of a command is for who has no credentials yet, too."""

import json

import pytest
from config_samples import one
from typer.testing import CliRunner

from s3_failover.cli import target
from s3_failover.cli.app import app
from s3_failover.cli.permissions import PLACEHOLDER, POLICIES
from s3_failover.errors import UserError


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """Run `permissions` on a site, without credentials."""

    def refuse(**_):
        raise UserError("no credentials")

    monkeypatch.setattr(target, "signed_in", refuse)
    path = tmp_path / "failover.toml"

    def run(command, *arguments, **settings):
        path.write_text(one(**settings))
        return CliRunner().invoke(app, ["permissions", command, "--config", str(path), *arguments])

    return run


@pytest.mark.parametrize("command", POLICIES)
def test_every_policy_needs_nothing_but_the_account_s_number(policy, command):
    result = policy(command, "--account", "123456789012")
    assert json.loads(result.stdout)["Version"] == "2012-10-17"
    assert (result.stderr, "123456789012" in result.stdout) == ("", True)


def test_the_site_s_account_is_taken_without_asking_for_credentials(policy):
    result = policy("status", account="210987654321")
    assert "210987654321" in result.stdout
    assert result.stderr == ""


def test_without_an_account_the_policy_has_a_placeholder_and_says_so(policy):
    result = policy("status")
    assert PLACEHOLDER in result.stdout
    assert "give --account (no credentials" in result.stderr


def test_a_profile_without_credentials_is_an_error(policy):
    assert isinstance(policy("status", "--profile", "work").exception, UserError)


def test_an_account_is_twelve_digits(policy):
    assert "expected the account's twelve digits" in str(policy("status", "--account", "12").exception)
