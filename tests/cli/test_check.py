import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from s3_failover.cli.app import app

EXAMPLE = Path(__file__).parents[2] / "failover.toml"


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text(EXAMPLE.read_text().replace("us-east-2", "nowhere-1"))
    return path


def check(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_a_right_file_is_said_to_be_ok():
    result = check(EXAMPLE)

    assert (result.exit_code, result.stdout) == (0, f"{EXAMPLE}: ok, 1 site\n")


def test_the_file_in_the_current_directory_is_the_default(monkeypatch):
    monkeypatch.chdir(EXAMPLE.parent)

    assert check().stdout == "failover.toml: ok, 1 site\n"


def test_findings_go_to_stdout_and_fail(broken):
    result = check(broken)

    assert result.exit_code == 1
    assert result.stdout.startswith(f"{broken}: 1 finding\n  SITE-REGION sites.assets.replica_regions")


def test_a_missing_file_is_a_finding(tmp_path):
    result = check(tmp_path / "missing.toml")

    assert result.exit_code == 1
    assert "CONFIG-FILE" in result.stdout


def test_json_of_a_right_file():
    result = check(EXAMPLE, "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"source": str(EXAMPLE), "ok": True, "findings": []}


def test_json_of_findings(broken):
    result = check(broken, "--json")
    document = json.loads(result.stdout)

    assert result.exit_code == 1
    assert document["ok"] is False
    assert [set(finding) for finding in document["findings"]] == [
        {"id", "where", "got", "expected", "reason", "remedy"}
    ]
