"""Drills of sites whose outages look different: a secondary that speaks HTTPS, an apex, a hostname CNAMEd from outside."""

import pytest
from cdk_templates import ROOT

from s3_failover.config import load
from s3_failover.local import environment, server
from s3_failover.local.deploy import deploy
from s3_failover.local.drill import session
from s3_failover.local.drill.scenarios import named
from s3_failover.local.server import Server
from s3_failover.local.state import StateDirectory

pytestmark = pytest.mark.embedded

SPEED = 5

COMMON = """
primary_region = "eu-west-1"
replica_regions = ["eu-central-1"]
health_check_interval = 10
"""

SITES = f"""
[sites.external]
hostname = "external.example.com"
hosted_zone = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
secondary = {{ type = "external", hostname = "site.cdn.example.org" }}
{COMMON}
[sites.apex]
hostname = "apex.example"
hosted_zone = {{ id = "Z0APEX", name = "apex.example" }}
{COMMON}
[sites.elsewhere]
hostname = "www.elsewhere.example"
record_name = "www.dns.example.net"
hosted_zone = {{ name = "dns.example.net", create = true }}
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"
{COMMON}
[sites.elsewhere.existing]
primary_bucket = "elsewhere-content"
replica_buckets = {{ eu-central-1 = "www.elsewhere.example" }}
"""


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """Runs scenarios on a deployment of all sites."""
    folder = tmp_path_factory.mktemp("drills")
    path = folder / "failover.toml"
    path.write_text(SITES)
    config, state = load(path), StateDirectory(folder / "state")
    python = environment.ensure(StateDirectory(ROOT / ".s3-failover"))
    with server.running(Server(state, python, speed=SPEED)) as emulator:
        deploy(config, path, emulator, state, project=ROOT)
        yield lambda scenario: session.run(named(scenario), config, path, emulator)


@pytest.mark.parametrize("scenario", [pytest.param("primary-s3-refuse", marks=pytest.mark.matrix), "distribution-down"])
def test_what_must_happen_happens(drill, scenario):
    report = drill(scenario)
    missed = [
        f"{site.site}: {item.expectation}; seen: {item.seen}"
        for outcome in report.scenarios
        for site in outcome.sites
        for item in site.expectations
        if not item.held
    ]
    assert missed == []
