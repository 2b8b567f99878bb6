import json

import pytest
from config_samples import one
from typer.testing import CliRunner

from s3_failover.cli.app import app


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "failover.toml"
    path.write_text(one(existing={"primary_bucket": "content"}))
    return path


def policies(*arguments):
    return CliRunner().invoke(app, ["policies", *map(str, arguments)])


def test_every_document_is_printed_with_what_it_is_and_for_what(path):
    result = policies(path, "--account", "123456789012")
    assert result.exit_code == 0
    heads = [line for line in result.stdout.splitlines() if line.startswith("# sites.")]
    assert heads == [
        "# sites.assets: bucket-versioning of content (us-west-2)",
        "# sites.assets: bucket-policy of content (us-west-2)",
        "# sites.assets: bucket-replication of content (us-west-2)",
    ]
    assert "arn:aws:iam::123456789012:role/s3-failover-assets-example-com-existing-us-west-2" in result.stdout


def test_json_holds_the_same_documents(path):
    result = policies(path, "--account", "123456789012", "--json")
    found = json.loads(result.stdout)["documents"]
    assert [document["kind"] for document in found] == ["bucket-versioning", "bucket-policy", "bucket-replication"]
    assert set(found[0]) == {"site", "kind", "resource", "region", "why", "body"}


def test_a_file_whose_sites_own_everything_needs_nothing(path):
    path.write_text(one(account="123456789012"))
    result = policies(path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: every site owns everything that it uses\n")


@pytest.mark.parametrize("account", [[], ["--account", "1"], ["--account", "x" * 12]])
def test_an_account_is_needed_where_the_file_names_none(path, account):
    result = policies(path, *account)
    assert result.exit_code == 2
    assert "twelve digits" in result.output.replace("\n", " ")


def test_findings_go_to_stderr(path):
    path.write_text(one(hostname="x"))
    result = policies(path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "SITE-HOSTNAME" in result.stderr
