"""Aliases of other distributions in the way of a deployment."""

from preflight_ground import EDGE, Paged, findings, ground, ids
from sites import site

from s3_failover.operations.preflight import (
    aliases,
)

ALIASES = 'aliases = ["www.example.com"]'


def distributions(*conflicts, **found):
    items = [{"Id": identifier, "Aliases": {"Items": names}} for identifier, names in found.items()]
    page = {"DistributionList": {"Items": items} if items else {}}
    return Paged(page, list_domain_conflicts={"DomainConflicts": list(conflicts)})


def test_an_alias_that_nothing_has_is_fine():
    assert ids(aliases, ground(cloudfront=distributions())) == []
    own = distributions(EOWN=["shop.example.com"], E2=["blog.example.com", "*.shop.example.com"])
    assert ids(aliases, ground(stacks=[EDGE], cloudfront=own)) == []


def test_an_alias_of_another_distribution():
    taken = distributions(E1=["Shop.Example.com"])
    (finding,) = findings(aliases, ground(cloudfront=taken))
    assert (finding.id, finding.where) == ("PREFLIGHT-ALIAS", "distribution E1 of this account")
    assert "give the distribution *.example.com in its place" in finding.remedy


def test_an_apex_has_no_wildcard_that_serves_it_meanwhile():
    (finding,) = findings(aliases, ground(site(hostname="example.com"), cloudfront=distributions(E1=["example.com"])))
    assert "*" not in finding.remedy
    assert "an apex cannot move without failing" in finding.remedy


def test_a_wildcard_of_this_account_overlaps_and_one_of_another_account_is_in_the_way():
    ours = {"Domain": "*.example.com", "ResourceType": "distribution", "ResourceId": "***E1", "AccountId": "***789012"}
    theirs = ours | {"ResourceId": "***XYZ", "AccountId": "******999999"}
    wild = {"E1": ["*.example.com"]}
    assert ids(aliases, ground(cloudfront=distributions(ours, **wild))) == ["PREFLIGHT-ALIAS-OVERLAP"]
    found = findings(aliases, ground(cloudfront=distributions(ours, theirs, **wild)))
    assert [each.id for each in found] == ["PREFLIGHT-ALIAS-OVERLAP", "PREFLIGHT-ALIAS"]
    assert "***XYZ of account ******999999" in found[1].where


def test_a_tenant_of_this_account_that_has_the_hostname():
    tenant = {"Domain": "shop.example.com", "ResourceType": "distribution-tenant", "AccountId": "***789012"}
    found = distributions(tenant, EOWN=["shop.example.com"])
    assert ids(aliases, ground(stacks=[EDGE], cloudfront=found)) == ["PREFLIGHT-ALIAS"]


def test_a_distribution_that_has_a_further_hostname_of_the_site():
    found = findings(aliases, ground(site(more=ALIASES), cloudfront=distributions(E1=["www.example.com"])))
    assert [each.id for each in found] == ["PREFLIGHT-ALIAS"]
    assert "www.example.com" in found[0].what
