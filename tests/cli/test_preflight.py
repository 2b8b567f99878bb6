"""What a person reads of a preflight when the file, the project or the credentials are not as it needs them."""

import json

import pytest
from schemas import as_declared
from typer.testing import CliRunner

from breakable_aws import cdk
from breakable_aws.errors import BreakableError
from s3_failover.cli.app import app
from s3_failover.cli.target import Target, Where
from s3_failover.config import load
from s3_failover.errors import UserError
from s3_failover.operations.account import Account
from s3_failover.operations.preflight import examination
from s3_failover.operations.preflight.examination import PreflightReport
from s3_failover.operations.preflight.finding import PreflightFinding

CONFIG = """
[sites.shop]
hostname        = "shop.example.com"
account         = "123456789012"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode            = "dns"
"""
CRITICAL = PreflightFinding(
    "PREFLIGHT-ZONE", "hosted zone Z1", "is private, expected a public zone", "name the public zone"
)
WARNING = PreflightFinding("PREFLIGHT-LEFT-OVER", "old in us-east-2", "is not in the file any more", "delete it")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a preflight whose looks have found something."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "failover.toml").write_text(CONFIG)

    def command(*arguments, found=(), denied=False):
        (site,) = load(tmp_path / "failover.toml").sites
        found_target = Target(site, Account("123456789012", None))
        report = PreflightReport(site="shop", looked_at=("hosted zone Z1",), findings=tuple(found), denied=denied)
        with monkeypatch.context() as patch:
            patch.setattr(Where, "target", lambda *_, **__: found_target)
            patch.setattr(examination, "examine", lambda plan, account, **_: report)
            return CliRunner().invoke(app, ["preflight", *arguments])

    return command


@pytest.mark.parametrize(("found", "code"), [((), 0), ((WARNING,), 1), ((CRITICAL, WARNING), 2)])
def test_the_exit_code_says_how_bad_it_is(run, found, code):
    assert run(found=found).exit_code == code
    result = run("--json", found=found)
    assert result.exit_code == code
    assert len(as_declared("preflight", result.stdout)["findings"]) == len(found)


def test_what_a_person_reads(run):
    assert run(found=(CRITICAL,)).stdout.splitlines() == [
        "critical  PREFLIGHT-ZONE",
        "  hosted zone Z1 is private, expected a public zone",
        "  in a deployment: records and certificate cannot be made, and the edge stack fails",
        "  do: name the public zone",
        "shop.example.com: 1 parts looked at, 1 finding",
    ]
    assert run().stdout == "shop.example.com: 1 parts looked at, nothing is in the way\n"


def test_a_missing_permission_is_followed_by_the_least_policy(run):
    assert "the least policy for `s3-failover preflight` on shop:" in run(denied=True).stderr


@pytest.mark.parametrize("text", ["{", "[]", '{"context": 7}', '{"context": null}'])
def test_a_project_whose_cdk_json_cannot_be_read(run, tmp_path, text):
    (tmp_path / "cdk.json").write_text(text)
    error = run().exception
    assert isinstance(error, UserError | BreakableError)
    assert "is not a JSON object with a context" in str(error)


def test_the_qualifier_of_the_project_that_a_directory_belongs_to(tmp_path):
    assert cdk.qualifier(tmp_path) == "hnb659fds"
    context = {"@aws-cdk/core:bootstrapQualifier": "mine"}
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "python3 app.py", "context": context}))
    (tmp_path / "below").mkdir()
    assert cdk.qualifier(tmp_path / "below") == "mine"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["blog"], "failover.toml has no site 'blog', expected shop"),
        (["--config", "none.toml"], "none.toml"),
        (["--profile", "no-such-profile"], "The config profile (no-such-profile) could not be found"),
        (["--local"], "no embedded AWS is running"),
    ],
)
def test_bad_input_is_one_line(tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("S3_FAILOVER_HOME", str(tmp_path / "home"))
    (tmp_path / "failover.toml").write_text(CONFIG)
    error = CliRunner().invoke(app, ["preflight", *arguments]).exception
    assert isinstance(error, UserError | BreakableError)
    assert told in str(error)


def test_a_file_with_findings_is_told_as_check_tells_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "failover.toml").write_text(CONFIG.replace('["eu-central-1"]', '["eu-west-1"]'))
    error = CliRunner().invoke(app, ["preflight"]).exception
    assert isinstance(error, UserError | BreakableError)
    assert "SITE-" in str(error)
