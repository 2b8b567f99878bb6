"""The drill matrix: every scenario on a site in each mode at once. What docs/drill.md claims is a scenario here."""

import pytest
from drills import Drills, missed

from s3_failover.local.drill.scenarios import SCENARIOS

pytestmark = pytest.mark.embedded

SITES = "\n".join(
    f"""
    [sites.{mode}]
    hostname = "{mode}.example.com"
    primary_region = "eu-west-1"
    replica_regions = ["eu-central-1"]
    hosted_zone = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
    mode = "{mode}"
    health_check_interval = 10
    """
    for mode in ("dns", "hybrid")
)


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """Runs scenarios on a deployment of both sites."""
    with Drills(tmp_path_factory.mktemp("drills"), SITES) as drills:
        yield drills


IN_CI = ("primary-s3-refuse",)
"""What `make test` drills; the others look much like it, and take `make test-long`."""


def marked(scenario):
    marks = [] if scenario.name in IN_CI else [pytest.mark.long]
    return pytest.param(scenario, id=scenario.name, marks=marks)


@pytest.mark.parametrize("scenario", [marked(scenario) for scenario in SCENARIOS])
def test_what_must_happen_happens(drills, scenario):
    report = drills.run([scenario])
    assert [line for outcome in report.scenarios for site in outcome.sites for line in missed(site)] == []
