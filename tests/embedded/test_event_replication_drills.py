"""Outages of a site whose copies are made by a function: what is broken is broken for the function, too."""

import pytest
from cdk_templates import ROOT

from s3_failover.config import load
from s3_failover.local import environment, server
from s3_failover.local.deploy import deploy
from s3_failover.local.drill import scenarios, session
from s3_failover.local.server import Server
from s3_failover.local.state import StateDirectory

pytestmark = pytest.mark.embedded

SPEED = 10

SITES = "\n".join(
    f"""
    [sites.{mode}]
    hostname = "{mode}.example.com"
    primary_region = "eu-west-1"
    replica_regions = ["eu-central-1"]
    hosted_zone = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
    mode = "{mode}"
    health_check_interval = 10
    replication = {{ engine = "lambda" }}
    """
    for mode in ("dns",)
)


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """Runs scenarios on a deployment of both sites."""
    folder = tmp_path_factory.mktemp("drills")
    path = folder / "failover.toml"
    path.write_text(SITES)
    config, state = load(path), StateDirectory(folder / "state")
    python = environment.ensure(StateDirectory(ROOT / ".s3-failover"))
    with server.running(Server(state, python, speed=SPEED)) as emulator:
        deploy(config, path, emulator, state, project=ROOT)
        yield lambda scenario: session.run(scenarios.named(scenario), config, path, emulator)


@pytest.mark.parametrize(
    "scenario", ["primary-s3-refuse", pytest.param("replication-lagging", marks=pytest.mark.matrix)]
)
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
