import os

import pytest
from commands import run

from breakable_aws.faults import Broken
from s3_failover.cli import local_drill
from s3_failover.local.drill.session import EVERY


def s3_failover(*arguments, home):
    return run("local", *arguments, environment={**os.environ, "S3_FAILOVER_HOME": str(home)})


def test_unknown_scenario_is_a_usage_error_that_names_the_known(tmp_path):
    result = s3_failover("drill", "nothing", home=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("error: no scenario nothing, expected all, history or one of primary-s3-refuse")
    assert list(tmp_path.iterdir()) == []


def test_config_with_findings_is_refused_before_anything_starts(tmp_path):
    config = tmp_path / "bad.toml"
    config.write_text("[sites.x]\n")
    result = s3_failover("drill", "all", "--config", str(config), home=tmp_path / "home")
    assert result.returncode == 1
    assert "CONFIG-MISSING-KEY" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "home").exists()


def test_fleet_of_a_site_without_clients_is_refused_before_anything_starts(tmp_path):
    config = tmp_path / "failover.toml"
    config.write_text(
        """
        [sites.shop]
        hostname = "shop.example.com"
        primary_region = "eu-west-1"
        replica_regions = ["eu-central-1"]
        hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
        mode = "dns"
        """
    )
    result = s3_failover("drill", "fleet-region-down", "--config", str(config), home=tmp_path / "home")
    assert result.returncode == 1
    assert result.stderr.startswith("error: fleet-region-down: sites.shop.clients is missing, expected a fleet: add")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (".", "--junit is ., which is a directory: name a file in it"),
        ("no/junit.xml", "--junit is no/junit.xml, and there is no directory no: make it first"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(tmp_path, file, told):
    result = s3_failover("drill", "all", "--junit", file, home=tmp_path / "home")
    assert result.returncode == 2
    assert result.stderr == f"error: {told}\n"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("arguments", [("break", "s3-refuse", "--region", "eu-west-1"), ("heal",)])
def test_breaking_and_healing_need_a_running_embedded_aws(tmp_path, arguments):
    result = s3_failover(*arguments, home=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("error: no embedded AWS is running")


@pytest.mark.parametrize("speed", ["0", "0.5", "61", "fast"])
def test_speed_out_of_range_is_a_usage_error(tmp_path, speed):
    assert s3_failover("drill", "all", "--speed", speed, home=tmp_path).returncode == 2


def test_help_lists_every_scenario(tmp_path):
    text = s3_failover("drill", "--help", home=tmp_path).stdout
    assert [scenario.name for scenario in EVERY if scenario.name not in text] == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (("1", "s3-refuse", "us-west-2", None), "S3 in us-west-2 refuses connections"),
        (("1", "cdn-refuse", None, None), "every distribution refuses connections"),
        (
            ("1", "replication-pause", "us-west-2", None),
            "nothing replicates (to one region, or at all) in us-west-2",
        ),
        (
            ("1", "resource-fails", None, None, "Topic", "s"),
            "CloudFormation fails to create and update a resource: Topic of s",
        ),
    ],
)
def test_a_fault_says_what_it_does_and_where(broken, words):
    assert local_drill.effect(Broken(*broken)) == words
