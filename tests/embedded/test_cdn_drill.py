"""An outage of sites that use the options of the distribution: they change what viewers see, not what fails over."""

import pytest
from cdk_templates import ROOT

from s3_failover.config import load
from s3_failover.local import environment, s3, server
from s3_failover.local.deploy import deploy
from s3_failover.local.drill import session
from s3_failover.local.drill.scenarios import named
from s3_failover.local.server import Server
from s3_failover.local.state import StateDirectory

pytestmark = pytest.mark.embedded

SPEED = 10

SITES = """
[sites.guarded]
hostname = "guarded.example.com"
primary_region = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode = "dns"
health_check_interval = 10

[sites.guarded.cdn]
directories = "redirect"
security_headers = true
denied_countries = ["AQ"]
unguarded_secondary = true
maintenance_page = "later.html"

[sites.app]
hostname = "app.example.com"
primary_region = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }
mode = "hybrid"
health_check_interval = 10
cdn = { single_page_app = true, cors_origins = ["*"], maintenance_page = "later.html" }
"""


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """Runs a scenario on a deployment of both sites."""
    folder = tmp_path_factory.mktemp("cdn-drill")
    path = folder / "failover.toml"
    path.write_text(SITES)
    config, state = load(path), StateDirectory(folder / "state")
    python = environment.ensure(StateDirectory(ROOT / ".s3-failover"))
    with server.running(Server(state, python, speed=SPEED)) as emulator:
        deploy(config, path, emulator, state, project=ROOT)
        for site in config.sites:
            bucket = site.names(emulator.account).primary
            client = s3.client(emulator, site.primary_region)
            client.put_object(Bucket=bucket, Key="later.html", Body=b"back soon", ContentType="text/html")
        yield lambda scenario: session.run(named(scenario), config, path, emulator)


@pytest.mark.parametrize("scenario", ["primary-s3-refuse"])
def test_what_must_happen_happens_whatever_the_distribution_does_besides(drill, scenario):
    missed = [
        f"{site.site}: {item.expectation}; seen: {item.seen}"
        for outcome in drill(scenario).scenarios
        for site in outcome.sites
        for item in site.expectations
        if not item.held
    ]
    assert missed == []
