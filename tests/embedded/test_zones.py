"""Zones that are made, delegated and aliased, and a secondary on another provider's CDN, deployed and asked."""

import time

import dns.message
import dns.query
import dns.rdatatype
import pytest
import sites
import viewers
from accounts import account_of, resolver_of

from breakable_aws import places
from s3_failover.local import deploy, outside
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import dns as doctor

pytestmark = [pytest.mark.embedded, pytest.mark.long]

RECORD_NAME = 'record_name = "failover.inside.example"'
PARENT_ACCOUNT = "210987654321"

SITES = """
[sites.made]
hostname        = "assets.made.above.example"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { name = "made.above.example", create = true, parent = { id = "Z0PARENT", name = "above.example" } }
mode            = "dns"
secondary       = { type = "external", hostname = "made.cdn.example.org" }

[sites.elsewhere]
hostname        = "assets.elsewhere.example"
record_name     = "assets.dns.outside.example"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
mode            = "dns"
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"

[sites.elsewhere.hosted_zone]
name   = "dns.outside.example"
create = true
parent = { id = "Z0ABOVE", name = "outside.example", role_arn = "arn:aws:iam::210987654321:role/dns" }

[sites.apex]
hostname        = "apex.example"
primary_region  = "eu-west-1"
replica_regions = ["eu-central-1"]
hosted_zone     = { id = "Z0APEX", name = "apex.example" }
mode            = "dns"
"""


@pytest.fixture(scope="module")
def zoned(aws, tmp_path_factory):
    """The deployed sites by name."""
    return aws.deploy(SITES, tmp_path_factory.mktemp("zones"))


def records(aws, zone):
    listed = aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {(r["Name"], r["Type"], r.get("Failover")): r for r in listed}


def ask(aws, name, records=1):
    """Return the answer once the data plane has read what is deployed, which it does zone by zone, every ten seconds."""
    patience = time.monotonic() + 30
    while True:
        query = dns.message.make_query(name, "A")
        response = dns.query.udp(query, "127.0.0.1", port=aws.emulator.dns_port, timeout=30)
        if len(response.answer) >= records or time.monotonic() > patience:
            return response
        time.sleep(0.5)


def output(site, role, key):
    stack = site.stacks()[f"{site.site.naming.stacks}{role}"]
    return next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == key)


def values(record):
    return sorted(value["Value"].rstrip(".") for value in record["ResourceRecords"])


def test_a_zone_that_is_made_is_delegated_from_the_zone_above(zoned, aws):
    servers = output(zoned["made"], "zone-us-east-1", "NameServers").split()
    delegation = records(aws, "Z0PARENT")["made.above.example.", "NS", None]
    assert (values(delegation), delegation["TTL"]) == (sorted(servers), 3600)
    zone = output(zoned["made"], "zone-us-east-1", "HostedZoneId")
    assert values(records(aws, zone)["made.above.example.", "NS", None]) == sorted(servers)


def test_dns_finds_a_site_through_the_delegation(zoned, aws):
    [cname] = [r for r in ask(aws, "assets.made.above.example").answer if r.rdtype == dns.rdatatype.CNAME]
    assert cname[0].target.to_text() == zoned["made"].output("DistributionDomainName") + "."


def test_the_delegation_in_another_account_is_written_there(zoned, aws):
    servers = output(zoned["elsewhere"], "zone-us-east-1", "NameServers").split()
    other = aws.client_of(PARENT_ACCOUNT, "route53")
    listed = other.list_resource_record_sets(HostedZoneId="Z0ABOVE")["ResourceRecordSets"]
    [delegation] = [r for r in listed if r["Name"] == "dns.outside.example." and r["Type"] == "NS"]
    assert values(delegation) == sorted(servers)


def test_a_hostname_whose_dns_is_elsewhere_leads_to_the_failover_records(zoned, aws):
    site = zoned["elsewhere"]
    assert site.output("CnameToCreate") == "assets.elsewhere.example. CNAME assets.dns.outside.example."
    chain = [r[0].target.to_text() for r in ask(aws, site.site.hostname, 2).answer if r.rdtype == dns.rdatatype.CNAME]
    assert chain == ["assets.dns.outside.example.", site.output("DistributionDomainName") + "."]


def test_doctor_sees_the_cname_from_outside_and_where_it_leads_elsewhere(zoned, aws):
    site, resolver = zoned["elsewhere"].site, resolver_of(aws.emulator)
    assert list(doctor.delegation(Deployment(site, account_of(aws.emulator)), resolver)) == []
    other = site.model_copy(update={"record_name": "other.dns.outside.example"})
    found = list(doctor.delegation(Deployment(other, account_of(aws.emulator)), resolver))
    assert [finding.what for finding in found] == [
        "is a CNAME of assets.dns.outside.example, expected one of other.dns.outside.example"
    ]


def test_a_hostname_in_the_zone_is_led_to_its_record_name_unless_it_has_a_record(aws):
    deploy.create_zone(aws.emulator, deploy.ExistingZone("Z0INSIDE", "inside.example"))
    route53 = aws.client("route53")

    def records():
        outside.set_up(aws.emulator, inside)
        found = route53.list_resource_record_sets(HostedZoneId="Z0INSIDE")["ResourceRecordSets"]
        return [(each["Type"], values(each)) for each in found if each["Name"] == "www.inside.example."]

    inside = sites.site(
        hostname="www.inside.example", zone='id = "Z0INSIDE", name = "inside.example"', more=RECORD_NAME
    )
    assert records() == [("CNAME", ["failover.inside.example"])]
    own = {"Name": "www.inside.example", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "old.example.net"}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": own}]}
    route53.change_resource_record_sets(HostedZoneId="Z0INSIDE", ChangeBatch=batch)
    assert records() == [("CNAME", ["old.example.net"])]


def test_doctor_knows_what_the_checks_of_every_site_ask(zoned, aws):
    found = [each for site in zoned.values() for each in doctor.checks(Deployment(site.site, account_of(aws.emulator)))]
    assert [each for each in found if each.id == "DOCTOR-CHECK"] == []


def test_a_site_with_a_record_name_is_served_under_its_hostname_on_both_legs(zoned):
    site = zoned["elsewhere"]
    site.put("page.txt", b"content")
    assert site.distribution("page.txt").body == b"content"
    assert site.website("page.txt").body == b"content"


def test_an_apex_has_two_failover_aliases_and_no_record_for_ipv6(zoned, aws):
    found = {key: r for key, r in records(aws, "Z0APEX").items() if key[0] == "apex.example." and key[2]}
    assert set(found) == {("apex.example.", "A", "PRIMARY"), ("apex.example.", "A", "SECONDARY")}
    primary, secondary = found["apex.example.", "A", "PRIMARY"], found["apex.example.", "A", "SECONDARY"]
    assert primary["AliasTarget"]["DNSName"] == zoned["apex"].output("DistributionDomainName") + "."
    assert primary["HealthCheckId"] == zoned["apex"].output("FailoverHealthCheckId")
    assert secondary["AliasTarget"]["DNSName"] == "s3-website.eu-central-1.amazonaws.com."
    assert "HealthCheckId" not in secondary


def test_an_apex_is_answered_with_an_address_and_served_on_both_legs(zoned, aws):
    assert [r.rdtype for r in ask(aws, "apex.example").answer] == [dns.rdatatype.A]
    site = zoned["apex"]
    site.put("page.txt", b"content")
    assert site.distribution("page.txt").body == b"content"
    target = places.find(aws.emulator, "s3-website.eu-central-1.amazonaws.com", "http")
    assert viewers.ask(target.port, "apex.example", "page.txt").body == b"content"


def test_the_secondary_record_points_at_the_other_cdn_and_is_checked_over_https(zoned, aws):
    site = zoned["made"]
    zone = output(site, "zone-us-east-1", "HostedZoneId")
    secondary = records(aws, zone)["assets.made.above.example.", "CNAME", "SECONDARY"]
    assert values(secondary) == ["made.cdn.example.org"]
    checks = [c["HealthCheckConfig"] for c in aws.client("route53").list_health_checks()["HealthChecks"]]
    [check] = [c for c in checks if c.get("FullyQualifiedDomainName") == "made.cdn.example.org"]
    assert (check["Type"], check["ResourcePath"]) == ("HTTPS", "/_s3-failover/health.txt")


def test_what_the_other_cdn_must_be_set_up_with_is_told_and_right(zoned, aws):
    site, role = zoned["made"], "external-eu-central-1"
    bucket = site.replicas["eu-central-1"]
    assert output(site, role, "ExternalCdnHostnames") == "assets.made.above.example made.cdn.example.org"
    assert output(site, role, "ExternalCdnOrigin") == f"{bucket}.s3.eu-central-1.amazonaws.com"
    assert output(site, role, "ExternalCdnHealthUrl") == "https://made.cdn.example.org/_s3-failover/health.txt"
    policy = aws.client("iam").get_policy(PolicyArn=output(site, role, "ExternalCdnOriginPolicyArn"))["Policy"]
    assert policy["Arn"].startswith("arn:aws:iam::")


def test_the_other_cdn_serves_the_private_replica_over_https(zoned, aws):
    site = zoned["made"]
    site.put("page.txt", b"content")
    port = places.find(aws.emulator, "made.cdn.example.org", "https").port
    answer = viewers.ask(port, site.site.hostname, "page.txt", ca=aws.emulator.ca_file)
    assert (answer.status, answer.body) == (200, b"content")
    assert site.rest("eu-central-1", "page.txt").status == 403


def test_no_replica_is_public_where_the_secondary_is_another_cdn(zoned, aws):
    s3 = aws.client("s3", "eu-central-1")
    blocked = s3.get_public_access_block(Bucket=zoned["made"].replicas["eu-central-1"])
    assert set(blocked["PublicAccessBlockConfiguration"].values()) == {True}
