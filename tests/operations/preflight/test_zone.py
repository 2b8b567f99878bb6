"""Hosted zone, delegation and CAA records before a deployment."""

import dns.resolver
import pytest
from fake_accounts import ACCOUNT, refusal
from preflight_ground import HTTPS, Paged, findings, ground, ids
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.preflight import (
    zone,
)
from s3_failover.operations.preflight.ground import PreflightPlan
from s3_failover.operations.refusals import DeniedError


def zones(name="example.com.", private=False, **more):
    found = {"Name": name, "Config": {"PrivateZone": private}}
    return Paged(get_hosted_zone={"HostedZone": found, "DelegationSet": {"NameServers": ["ns-1.example."]}}, **more)


def on_zone(route53, resolver=None):
    return ground(plan=PreflightPlan(site(), resolver=resolver, asks_dns=resolver is not None), route53=route53)


@pytest.mark.parametrize(
    ("route53", "found"),
    [
        (zones(), []),
        (zones(private=True), ["is private, expected a public zone, which the world asks"]),
        (zones("example.org."), ["is the zone of example.org, expected example.com"]),
        (
            Paged(get_hosted_zone=refusal("NoSuchHostedZone", "GetHostedZone", 404)),
            [f"is not in account {ACCOUNT}, expected the public zone of example.com there"],
        ),
        (
            Paged(
                get_hosted_zone=refusal("AccessDenied", "GetHostedZone", 403),
                list_hosted_zones_by_name={"HostedZones": [{"Id": "/hostedzone/ZOTHER"}]},
            ),
            [f"is not in account {ACCOUNT}, expected the public zone of example.com there"],
        ),
    ],
)
def test_the_hosted_zone(route53, found):
    assert [each.what for each in findings(zone, on_zone(route53))] == found


def test_a_zone_of_ours_that_may_not_be_looked_at_is_not_another_account_s():
    hidden = Paged(
        get_hosted_zone=refusal("AccessDenied", "GetHostedZone", 403),
        list_hosted_zones_by_name={"HostedZones": [{"Id": f"/hostedzone/{site().hosted_zone.id}"}]},
    )
    with pytest.raises(DeniedError):
        findings(zone, on_zone(hidden))


class World:
    """A resolver that knows name servers and CAA records."""

    def __init__(self, servers=("ns-1.example.",), **caa):
        self.servers, self.caa = servers, caa

    def resolve(self, name, kind):
        if kind == "NS":
            return [type("NS", (), {"target": each}) for each in self.servers]
        found = self.caa.get(name.rstrip(".").replace(".", "_"))
        if found is None:
            raise dns.resolver.NXDOMAIN
        if isinstance(found, Exception):
            raise found
        return [type("CAA", (), {"tag": tag.encode(), "value": value.encode()}) for tag, value in found]


def test_a_zone_that_the_world_does_not_ask():
    assert ids(zone, on_zone(zones(), World())) == []
    assert ids(zone, on_zone(zones(), World(servers=("ns-9.parked.",)))) == ["PREFLIGHT-DELEGATION"]


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({}, []),
        ({"example_com": [("issue", "letsencrypt.org")]}, ["CAA records of example.com"]),
        ({"com": [("issue", "letsencrypt.org")]}, ["CAA records of com"]),
        ({"example_com": [("issue", "letsencrypt.org"), ("issue", "Amazon.com; policy=ev")]}, []),
        ({"example_com": [("issue", "awstrust.com")]}, []),
        ({"example_com": [("iodef", "mailto:a@example.com"), ("issuewild", ";")]}, []),
        ({"example_com": [("issue", ";")]}, ["CAA records of example.com"]),
        ({"shop_example_com": [("issue", "amazon.com")], "example_com": [("issue", "letsencrypt.org")]}, []),
        ({"com": dns.resolver.NoNameservers()}, []),
    ],
)
def test_caa_records_must_let_amazon_issue(records, found):
    assert [each.where for each in findings(zone, on_zone(zones(), World(**records)))] == found


def test_caa_records_that_cannot_be_resolved_are_not_known():
    with pytest.raises(UserError, match="cannot resolve the CAA records of"):
        findings(zone, on_zone(zones(), World(example_com=dns.resolver.NoNameservers())))


def test_names_for_which_no_certificate_is_made_need_no_caa():
    arn = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000"
    assert zone.certified(site(more=f'certificate_arn = "{arn}"')) == []
    of = site(more=f'certificate_arn = "{arn}"\n{HTTPS}')
    assert zone.certified(of) == ["shop.example.com", of.endpoint_check_name]


def test_further_hostnames_are_in_the_certificates_that_are_made():
    of = site(more=f'{HTTPS}\naliases = ["www.example.com"]')
    assert zone.certified(of) == ["shop.example.com", "www.example.com", of.endpoint_check_name]
