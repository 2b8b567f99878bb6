"""The configurations in `examples/` are right, and define what their comments say."""

from pathlib import Path

import pytest
from cdk_templates import ROOT, new_app
from site_stacks import find
from typer.testing import CliRunner

from s3_failover.cli.app import app
from s3_failover_stacks import add_sites

FILES = sorted((ROOT / "examples").glob("*.toml"))


def stacks(name):
    """Return the stacks of the one site of an example, by role and region."""
    made = new_app()
    add_sites(made, ROOT / "examples" / name)
    return {Path(stack.hierarchical_id).name: stack for stack in made.synth().stacks}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_check_finds_nothing(path):
    result = CliRunner().invoke(app, ["check", str(path)])
    assert (result.exit_code, result.output.count(": ok, ")) == (0, 1)


def test_the_minimal_site_says_nothing_that_has_a_default():
    assert len((ROOT / "examples/minimal.toml").read_text().split("[sites.www]")[1].strip().splitlines()) == 5
    assert set(stacks("minimal.toml")) == {
        "website-us-west-2",
        "primary-us-east-1",
        "evacuation-us-west-2",
        "edge-us-east-1",
        "alarms-us-west-2",
        "alarms-us-east-1",
        "dashboard-us-west-2",
    }


def test_three_regions_have_copies_and_the_secondary_speaks_https():
    made = stacks("three-regions.toml")
    (distribution,) = find(made["edge-us-east-1"].template, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["OriginGroups"]
    buckets = find(made["primary-eu-west-1"].template, "AWS::S3::Bucket")
    (rules,) = [each["ReplicationConfiguration"]["Rules"] for each in buckets if "ReplicationConfiguration" in each]
    assert len(rules) == 2
    assert "https-eu-central-1" in made


def test_copies_belong_to_the_second_account():
    accounts = {name: stack.environment.account for name, stack in stacks("two-accounts.toml").items()}
    assert accounts["primary-eu-west-1"] == accounts["edge-us-east-1"] == "111111111111"
    assert accounts["website-eu-central-1"] == "222222222222"
