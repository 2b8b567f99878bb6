"""Failover records and health checks, as Route 53 holds them."""

import pytest
import viewers
from viewers import CHECKER

pytestmark = pytest.mark.embedded

WEBSITES = {
    "shop": "shop.example.com.s3-website.eu-central-1.amazonaws.com",
    "docs": "docs.example.org.s3-website.us-east-2.amazonaws.com",
}
PRIMARIES = {
    "shop": "shop-example-com-primary-123456789012-eu-west-1.s3.eu-west-1.amazonaws.com",
    "docs": "docs-example-org-primary-123456789012-us-east-1.s3.us-east-1.amazonaws.com",
}


@pytest.fixture
def route53(aws):
    return aws.client("route53")


@pytest.fixture
def records(site, route53):
    """The failover records of the hostname by their role."""
    listed = route53.list_resource_record_sets(HostedZoneId=site.site.hosted_zone.id)["ResourceRecordSets"]
    return {r["Failover"]: r for r in listed if r["Name"] == f"{site.site.hostname}."}


@pytest.fixture
def checks(site, route53):
    """The site's health checks by the word that their name ends with."""
    return checks_of(route53, site.site.hostname)


def checks_of(route53, name):
    found = {}
    for check in route53.list_health_checks()["HealthChecks"]:
        tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"])
        title = {tag["Key"]: tag["Value"] for tag in tags["ResourceTagSet"]["Tags"]}["Name"]
        if title.startswith(f"{name} "):
            found[title.removeprefix(f"{name} ")] = check
    return found


def test_hostname_has_two_failover_cnames_and_nothing_else(site, records):
    assert set(records) == {"PRIMARY", "SECONDARY"}
    assert {record["Type"] for record in records.values()} == {"CNAME"}
    assert {record["TTL"] for record in records.values()} == {60}


def test_primary_record_points_at_the_distribution(site, records):
    assert records["PRIMARY"]["ResourceRecords"] == [{"Value": site.output("DistributionDomainName")}]


def test_secondary_record_points_at_the_website_of_the_first_replica(site, records):
    assert records["SECONDARY"]["ResourceRecords"] == [{"Value": WEBSITES[site.site.name]}]


def test_secondary_record_has_no_health_check(records):
    assert "HealthCheckId" not in records["SECONDARY"]


def test_what_the_secondary_record_points_at_serves_the_site(site, records):
    site.put("dns.txt", b"content")
    [target] = records["SECONDARY"]["ResourceRecords"]
    assert site.website("dns.txt", host=target["Value"]).body == b"content"


@pytest.mark.parametrize("site", ["dns"], indirect=True)
def test_dns_mode_moves_when_bucket_or_distribution_is_unhealthy(site, records, checks):
    assert set(checks) == {"primary", "distribution", "secondary", "evacuation", "failover"}
    deciding = checks["failover"]["HealthCheckConfig"]
    assert (deciding["Type"], deciding["HealthThreshold"]) == ("CALCULATED", 3)
    children = {checks[role]["Id"] for role in ("primary", "distribution", "evacuation")}
    assert set(deciding["ChildHealthChecks"]) == children
    assert records["PRIMARY"]["HealthCheckId"] == checks["failover"]["Id"] == site.output("FailoverHealthCheckId")


@pytest.mark.parametrize("site", ["hybrid"], indirect=True)
def test_hybrid_mode_moves_when_the_distribution_is_unhealthy(site, records, checks):
    deciding = checks["failover"]["HealthCheckConfig"]
    assert (deciding["Type"], deciding["HealthThreshold"]) == ("CALCULATED", 2)
    assert set(deciding["ChildHealthChecks"]) == {checks["distribution"]["Id"], checks["evacuation"]["Id"]}
    assert records["PRIMARY"]["HealthCheckId"] == checks["failover"]["Id"] == site.output("FailoverHealthCheckId")


@pytest.mark.parametrize(
    ("check", "kind", "port"), [("primary", "HTTPS", 443), ("distribution", "HTTPS", 443), ("secondary", "HTTP", 80)]
)
def test_each_endpoint_check_asks_for_the_health_object_of_its_service(site, checks, check, kind, port):
    names = {
        "primary": PRIMARIES[site.site.name],
        "distribution": site.output("DistributionDomainName"),
        "secondary": WEBSITES[site.site.name],
    }
    config = checks[check]["HealthCheckConfig"]
    assert (config["Type"], config["Port"], config["ResourcePath"]) == (kind, port, "/_s3-failover/health.txt")
    assert config["FullyQualifiedDomainName"] == names[check]
    assert (config["RequestInterval"], config["FailureThreshold"]) == (30, 3)
    assert (config["EnableSNI"], config["Inverted"], config["Disabled"]) == (kind == "HTTPS", False, False)


@pytest.mark.parametrize("check", ["primary", "distribution", "secondary"])
def test_what_each_check_asks_for_answers_a_checker(site, aws, checks, check):
    config = checks[check]["HealthCheckConfig"]
    answer = probe(aws.emulator, config)
    assert answer.status == 200
    assert answer.body == site.read(site.site.primary_region, site.site.health_key)


def probe(emulator, config):
    """Ask as a health checker does, where DNS leads it."""
    secure, name = config["Type"] == "HTTPS", config["FullyQualifiedDomainName"]
    service = "cloudfront" if name.endswith(".cloudfront.net") else "s3"
    port = getattr(emulator, f"{service}_{config['Type'].lower()}")
    ca = emulator.ca_file if secure else None
    return viewers.ask(port, name, config["ResourcePath"].removeprefix("/"), ca=ca, source=CHECKER)


def test_certificate_covers_the_hostname(site, aws):
    identifier = site.output("DistributionId")
    config = aws.client("cloudfront").get_distribution_config(Id=identifier)["DistributionConfig"]
    arn = config["ViewerCertificate"]["ACMCertificateArn"]
    certificate = aws.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    assert arn.split(":")[3] == "us-east-1"
    assert (certificate["DomainName"], certificate["Status"]) == (site.site.hostname, "ISSUED")
