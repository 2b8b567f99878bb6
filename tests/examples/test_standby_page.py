"""An API of a team's, and a page in another region that stands in for it."""

import pytest
from cdk_templates import text
from foreign_apps import nag_findings, synthesized
from site_stacks import find


@pytest.fixture(scope="module")
def stacks():
    return synthesized("standby_page")


def records(template):
    return {(each["Name"], each.get("Failover")): each for each in find(template, "AWS::Route53::RecordSet")}


def test_viewers_go_to_the_api_and_else_to_the_page(stacks):
    found = records(stacks["Application"])
    primary, secondary = (found["app.example.com.", role] for role in ("PRIMARY", "SECONDARY"))
    assert text(primary["ResourceRecords"]).endswith(".RegionalDomainName>")
    assert secondary["ResourceRecords"] == ["page.example.com"]
    assert ("page.example.com.", None) in records(stacks["Page"])


def test_neither_check_asks_for_the_name_that_it_moves(stacks):
    checks = [each["HealthCheckConfig"] for each in find(stacks["Application"], "AWS::Route53::HealthCheck")]
    assert [(c["FullyQualifiedDomainName"], c["ResourcePath"]) for c in checks] == [
        ("api.example.com", "/"),
        ("page-check.example.com", "/health.txt"),
    ]


def test_both_regions_have_a_certificate_for_the_viewers_name(stacks):
    for name, check in (("Application", "api.example.com"), ("Page", "page-check.example.com")):
        (certificate,) = find(stacks[name], "AWS::CertificateManager::Certificate")
        assert certificate["DomainName"] == "app.example.com"
        assert certificate["SubjectAlternativeNames"] == [check]


def test_the_health_object_is_written_when_the_page_can_be_served(stacks):
    health = next(r for r in stacks["Page"]["Resources"].values() if r["Type"] == "Custom::HealthObject")
    served = {id for id, r in stacks["Page"]["Resources"].items() if r["Type"] == "AWS::Route53::RecordSet"}
    assert served <= set(health["DependsOn"])


def test_cdk_nag_finds_nothing():
    assert nag_findings("standby_page") == set()
