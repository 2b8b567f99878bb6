"""An outage of sites that use the options of the distribution: they change what viewers see, not what fails over."""

import pytest
from drills import SLOWER, Drills, missed

from breakable_aws import aws
from s3_failover.local.drill.session import named

pytestmark = [pytest.mark.embedded, pytest.mark.long]


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


def publish_page(config, emulator):
    for site in config.sites:
        bucket = site.names(emulator.account).primary
        client = aws.client(emulator, "s3", site.primary_region)
        client.put_object(Bucket=bucket, Key="later.html", Body=b"back soon", ContentType="text/html")


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """Runs scenarios on a deployment of all sites."""
    with Drills(tmp_path_factory.mktemp("drills"), SITES, speeds=SLOWER, prepare=publish_page) as drills:
        yield drills


@pytest.mark.parametrize("scenario", ["primary-s3-refuse"])
def test_what_must_happen_happens_whatever_the_distribution_does_besides(drills, scenario):
    report = drills.run(named(scenario))
    assert [line for outcome in report.scenarios for site in outcome.sites for line in missed(site)] == []
