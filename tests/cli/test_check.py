import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from s3_failover.cli.app import app

EXAMPLE = Path(__file__).parents[2] / "failover.toml"


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text(EXAMPLE.read_text().replace("us-east-2", "nowhere-1", 1))
    return path


def check(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_a_right_file_is_said_to_be_ok():
    result = check(EXAMPLE)

    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"{EXAMPLE}: ok, 2 sites")


def test_the_file_in_the_current_directory_is_the_default(monkeypatch):
    monkeypatch.chdir(EXAMPLE.parent)

    assert check().stdout.startswith("failover.toml: ok, 2 sites\n")


def test_findings_go_to_stdout_and_fail(broken):
    result = check(broken)

    assert result.exit_code == 1
    line = next(n for n, text in enumerate(broken.read_text().splitlines(), start=1) if "nowhere-1" in text)
    first = f"{broken}: 1 finding\n\n{broken}:{line}: SITE-REGION sites.www.replica_regions\n  got "
    assert result.stdout.startswith(first)


def test_a_missing_file_is_a_finding(tmp_path):
    result = check(tmp_path / "missing.toml")

    assert result.exit_code == 1
    assert "CONFIG-FILE" in result.stdout


def test_json_of_a_right_file():
    result = check(EXAMPLE, "--json")

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    viewers = document.pop("viewers")
    assert document == {"source": str(EXAMPLE), "ok": True, "findings": [], "quotas": []}
    told = {(each["site"], each["lost"], each["viewers"]): (each["fails"], each["seconds"]) for each in viewers}
    assert len(told) == len(viewers)
    assert told["www", "primary-s3", "kept-https"] == ("never", None)
    assert told["assets", "primary-s3", "http"] == ("briefly", 160)
    assert told["assets", "primary-s3", "kept-http"] == ("throughout", None)
    assert told["assets", "distribution", "ttl-floor"] == ("briefly", 400)


def test_json_of_findings(broken):
    result = check(broken, "--json")
    document = json.loads(result.stdout)

    assert result.exit_code == 1
    assert document["ok"] is False
    assert [set(finding) for finding in document["findings"]] == [
        {"id", "where", "got", "expected", "reason", "remedy", "line"}
    ]


def many(tmp_path, count, more=""):
    path = tmp_path / "many.toml"
    path.write_text(
        "\n".join(
            f"""
            [sites.s{number}]
            hostname = "s{number}.example.com"
            primary_region = "eu-west-1"
            replica_regions = ["us-east-2"]
            hosted_zone = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
            mode = "dns"
            {more}
            """
            for number in range(count)
        )
    )
    return path


def test_a_file_of_very_many_sites_names_every_default_quota_that_it_goes_beyond(tmp_path):
    more = 'cdn = { security_headers = true, denied_countries = ["AQ"], unguarded_secondary = true }'
    result = check(many(tmp_path, 501, more), "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"]) == (0, True)
    assert {each["what"]: each["fits"] for each in document["quotas"]} == {
        "health checks": 40,
        "distributions": 500,
        "CloudFront functions": 100,
        "response headers policies": 20,
        "origin request policies": 20,
        "origin access controls": 100,
        "IAM roles": 333,
    }


def test_the_warning_says_what_is_needed_and_what_to_do(tmp_path):
    result = check(many(tmp_path, 41))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == (
        "  warning: 205 health checks for 41 sites in one account: the default quota is 200, enough for the first 40; "
        "ask for more in Service Quotas, or spread the sites over accounts"
    )


def test_sites_of_several_accounts_are_counted_apart(tmp_path):
    path = many(tmp_path, 41)
    path.write_text(path.read_text().replace('mode = "dns"', 'mode = "dns"\naccount = "111111111111"', 1))
    assert check(path).stdout.startswith(f"{path}: ok, 41 sites\n")
    assert "warning" not in check(path).stdout


def test_sites_of_which_viewers_see_the_same_have_one_table(tmp_path):
    lines = check(many(tmp_path, 5)).stdout.splitlines()
    assert lines[1] == "  s0, s1, s2 and 2 more, dns mode, website secondary: for how long viewers get errors"
    table = {line[4:42].strip(): line[42:].split("  ") for line in lines[3:]}
    assert [cell.strip() for cell in table["HTTP, kept connection"] if cell] == ["the whole outage", "160 s"]
    assert len(table) == len(lines[3:])


def test_a_file_that_is_wrong_tells_nothing_about_viewers(broken):
    assert "viewers get errors" not in check(broken).stdout
    assert json.loads(check(broken, "--json").stdout)["viewers"] == []
