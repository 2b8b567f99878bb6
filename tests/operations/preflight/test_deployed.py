"""What is deployed and does not go on from here."""

import pytest
from preflight_ground import EDGE, findings, ground, stack
from sites import site

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.operations.findings import Severity
from s3_failover.operations.preflight import (
    deployed,
)


@pytest.mark.parametrize(
    ("status", "protected", "stops"),
    [
        ("CREATE_COMPLETE", True, False),
        ("UPDATE_ROLLBACK_COMPLETE", False, False),
        ("ROLLBACK_COMPLETE", False, False),
        ("ROLLBACK_COMPLETE", True, True),
        ("REVIEW_IN_PROGRESS", False, False),
        ("ROLLBACK_FAILED", False, True),
        ("DELETE_FAILED", False, True),
        ("UPDATE_ROLLBACK_FAILED", False, True),
        ("UPDATE_IN_PROGRESS", False, True),
    ],
)
def test_states_of_stacks_that_a_deployment_does_not_go_on_from(status, protected, stops):
    edge = stack(StackRole.EDGE, EDGE_REGION, status=status, protected=protected)
    found = findings(deployed, ground(stacks=[edge]))
    assert [each.id for each in found] == ["PREFLIGHT-STACK"] * stops
    assert all("s3-failover doctor" not in each.remedy for each in found)


def test_a_stack_of_another_hostname():
    edge = stack(StackRole.EDGE, EDGE_REGION, owner="blog.example.com")
    (finding,) = findings(deployed, ground(stacks=[edge]))
    assert "belongs to blog.example.com, expected shop.example.com" in finding.what


def test_a_distribution_id_that_is_not_the_deployed_one():
    of = site(more='distribution_id = "E1OLD00000"')
    (finding,) = findings(deployed, ground(of, stacks=[EDGE]))
    assert finding.what == "in the file is E1OLD00000, deployed is EOWN"
    assert 'set distribution_id = "EOWN" below [sites.shop], then deploy' in finding.remedy
    (finding,) = findings(deployed, ground(of))
    assert "remove distribution_id" in finding.remedy
    assert list(deployed.stale(of, "E1OLD00000")) == []


def test_a_region_that_is_protected_before_it_is_deployed():
    of = site(more='protected_regions = ["eu-west-1", "eu-central-1"]')
    there = stack(StackRole.WEBSITE, "eu-central-1")
    (finding,) = findings(deployed, ground(of, stacks=[there]))
    assert (finding.id, finding.severity) == ("PREFLIGHT-PROTECTION", Severity.WARNING)
    assert "remove eu-west-1 from protected_regions of sites.shop" in finding.remedy
