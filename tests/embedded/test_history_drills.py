"""The outages that happened, on sites of each kind: what docs/history.md tells of them is an expectation here."""

import pytest
from cdk_templates import ROOT
from drills import SLOWER, Drills, missed

from s3_failover.local.drill.incidents import INCIDENTS

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITES = (ROOT / "examples/history.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def drills(tmp_path_factory):
    """Runs incidents on a deployment of all sites."""
    with Drills(tmp_path_factory.mktemp("drills"), SITES, speeds=SLOWER) as drills:
        yield drills


@pytest.mark.parametrize("scenario", INCIDENTS, ids=lambda scenario: scenario.name)
def test_what_must_happen_happens(drills, scenario):
    report = drills.run([scenario])
    [outcome] = report.scenarios
    assert [line for site in outcome.sites for line in missed(site)] == []
    assert [step.event for step in outcome.incident.steps] == [step.event for step in scenario.incident.steps]
