"""Outages of a site whose copies are made by a function: what is broken is broken for the function, too."""

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
    health_check_interval = 10
    replication = {{ engine = "lambda" }}
    """
    for mode in ("dns",)
)


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """Runs scenarios on a deployment of all sites."""
    with Drills(tmp_path_factory.mktemp("drills"), SITES, speeds=SLOWER) as drills:
        yield drills


@pytest.mark.parametrize("scenario", ["primary-s3-refuse", "replication-lagging"])
def test_what_must_happen_happens(drills, scenario):
    report = drills.run(named(scenario))
    assert [line for outcome in report.scenarios for site in outcome.sites for line in missed(site)] == []
