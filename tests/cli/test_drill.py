import os

import pytest
from commands import run

CONFIG = """
[sites.shop]
hostname = "shop.example.com"
primary_region = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode = "dns"
"""


@pytest.fixture
def drill(tmp_path):
    (tmp_path / "failover.toml").write_text(CONFIG)

    def drill(*arguments):
        home = {"S3_FAILOVER_HOME": str(tmp_path / "home")}
        return run("drill", *arguments, cwd=tmp_path, environment={**os.environ, **home})

    return drill


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "FAULT is missing, expected one of deny-primary, invert-check, pause-replication, or --undo"),
        (("fire",), "no fault fire, expected one of deny-primary, invert-check, pause-replication"),
        (("--undo", "shop", "more"), "with --undo the one argument is SITE, got more too"),
        (("deny-primary", "--junit", "."), "--junit is ., which is a directory: name a file in it"),
        (("deny-primary", "--for", "11m"), "--for is '11m', expected a time from 1s to 10m, like 90s or 5m"),
        (("deny-primary", "--for", "0"), "--for is '0', expected a time from 1s to 10m"),
        (("deny-primary", "--for", "soon"), "--for is 'soon', expected a time"),
    ],
)
def test_a_wrong_command_line_is_said_and_nothing_is_asked_of_aws(drill, arguments, told):
    result = drill(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {told}")


def test_an_unknown_site_is_said(drill):
    result = drill("deny-primary", "shopp")
    assert result.returncode == 1
    assert "has no site 'shopp', expected shop" in result.stderr


def test_help_names_every_fault(drill):
    told = drill("--help").stdout
    assert all(f"  {name}\n" in told for name in ("deny-primary", "invert-check", "pause-replication"))
