"""Drills of sites with an https secondary: viewers over HTTPS are served through the loss of the distribution."""

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

# Each probe of the secondary runs the function: a clock that is faster would make a load test of it.
SPEED = 10

SITES = "\n".join(
    f"""
    [sites.{mode}]
    hostname = "{mode}.example.com"
    primary_region = "eu-west-1"
    replica_regions = ["eu-central-1"]
    hosted_zone = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
    mode = "{mode}"
    secondary = {{ type = "https" }}
    """
    for mode in ("dns", "hybrid")
)
SITES += """
    [sites.elsewhere]
    hostname = "www.elsewhere.example"
    record_name = "www.dns.example.net"
    primary_region = "eu-west-1"
    replica_regions = ["eu-central-1"]
    hosted_zone = { id = "Z0DELEGATED", name = "dns.example.net" }
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"
    encryption = "kms"
    [sites.elsewhere.secondary]
    type = "https"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e"
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
        yield lambda name: session.run(named(name), config, path, emulator)


@pytest.mark.parametrize(
    "scenario",
    [
        "distribution-down",
        pytest.param("primary-s3-refuse", marks=pytest.mark.matrix),
        pytest.param("replica-s3-down", marks=pytest.mark.matrix),
    ],
)
def test_what_must_happen_happens_over_https(drill, scenario):
    report = drill(scenario)
    missed = [
        f"{site.site}: {item.expectation}; seen: {item.seen}"
        for outcome in report.scenarios
        for site in outcome.sites
        for item in site.expectations
        if not item.held
    ]
    assert missed == []
    if scenario == "distribution-down":
        assert all(served_again(site, "https") is not None for o in report.scenarios for site in o.sites)


def served_again(site, scheme):
    return next(each.recovered_after for each in site.requests if each.scheme == scheme)
