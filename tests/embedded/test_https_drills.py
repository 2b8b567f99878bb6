"""Drills of sites with an https secondary: viewers over HTTPS are served through the loss of the distribution."""

import pytest
from drills import SLOWER, Drills, missed

from s3_failover.local.drill.session import named

pytestmark = [pytest.mark.embedded, pytest.mark.long]


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
    mode = "dns"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"
    encryption = "kms"
    [sites.elsewhere.secondary]
    type = "https"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e"
"""


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """Runs scenarios on a deployment of all sites."""
    with Drills(tmp_path_factory.mktemp("drills"), SITES, speeds=SLOWER) as drills:
        yield drills


@pytest.mark.parametrize(
    "scenario",
    [
        "distribution-down",
        "primary-s3-refuse",
        "replica-s3-down",
    ],
)
def test_what_must_happen_happens_over_https(drills, scenario):
    report = drills.run(named(scenario))
    assert [line for outcome in report.scenarios for site in outcome.sites for line in missed(site)] == []
    if scenario == "distribution-down":
        assert all(served_again(site, "https") is not None for o in report.scenarios for site in o.sites)


def served_again(site, scheme):
    return next(each.recovered_after for each in site.requests if each.scheme == scheme)
