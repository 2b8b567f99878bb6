"""Drills of sites whose outages look different: a secondary that speaks HTTPS, an apex, a hostname CNAMEd from outside."""

import pytest
from drills import SLOWER, Drills, missed

from s3_failover.local.drill.session import named

pytestmark = [pytest.mark.embedded, pytest.mark.long]


COMMON = """
primary_region = "eu-west-1"
replica_regions = ["eu-central-1"]
mode = "dns"
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
def drills(tmp_path_factory):
    """Runs scenarios on a deployment of all sites."""
    with Drills(tmp_path_factory.mktemp("drills"), SITES, speeds=SLOWER) as drills:
        yield drills


@pytest.mark.parametrize("scenario", ["primary-s3-refuse", "distribution-down"])
def test_what_must_happen_happens(drills, scenario):
    report = drills.run(named(scenario))
    assert [line for outcome in report.scenarios for site in outcome.sites for line in missed(site)] == []
