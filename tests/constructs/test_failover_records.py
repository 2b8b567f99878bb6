import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from cdk_templates import new_stack, resources, text

from s3_failover_constructs import AliasTarget, ApexFailoverRecords, Endpoint, FailoverRecords, WebsiteReplicaBucket

SECONDARY = "www.example.com.s3-website.eu-central-1.amazonaws.com"


def records(*, record_name="www.example.com", **options):
    stack = new_stack("us-east-1")
    FailoverRecords(
        stack,
        "Records",
        zone=route53.HostedZone.from_hosted_zone_attributes(
            stack, "Zone", hosted_zone_id="Z1", zone_name="example.com"
        ),
        record_name=record_name,
        health_check=route53.HealthCheck.from_health_check_id(stack, "Check", "check-1"),
        **{"primary": "d1.cloudfront.net", "secondary": SECONDARY, **options},
    )
    found = resources(stack, "AWS::Route53::RecordSet").values()
    return {r["Properties"]["Failover"]: r["Properties"] for r in found}


def test_both_records_are_cnames_of_one_name():
    found = records()
    assert set(found) == {"PRIMARY", "SECONDARY"}
    assert {r["Name"] for r in found.values()} == {"www.example.com."}
    assert {r["Type"] for r in found.values()} == {"CNAME"}
    assert len({r["SetIdentifier"] for r in found.values()}) == 2


def test_primary_record_points_at_the_distribution_while_the_check_is_healthy():
    primary = records()["PRIMARY"]
    assert primary["ResourceRecords"] == ["d1.cloudfront.net"]
    assert primary["HealthCheckId"] == "check-1"


def test_secondary_record_points_at_the_replica_named_like_the_hostname():
    secondary = records()["SECONDARY"]
    assert secondary["ResourceRecords"] == [SECONDARY]


def test_secondary_record_has_no_check_so_that_it_answers_whenever_the_primary_is_unhealthy():
    assert "HealthCheckId" not in records()["SECONDARY"]


def test_resolvers_keep_the_answer_for_one_minute_or_as_told():
    assert {r["TTL"] for r in records().values()} == {"60"}
    assert {r["TTL"] for r in records(ttl=Duration.seconds(10)).values()} == {"10"}


def test_fails_at_the_apex_of_the_zone():
    with pytest.raises(
        ValueError,
        match=r"^record_name: got 'example\.com', expected a name below example\.com; DNS allows no CNAME at the apex",
    ):
        records(record_name="example.com")


@pytest.mark.parametrize("role", ["primary", "secondary"])
def test_fails_when_a_record_points_at_itself(role):
    with pytest.raises(
        ValueError, match=f"^{role}: got 'www.example.com', expected another name .* a record cannot point at itself"
    ):
        records(**{role: "www.example.com"})


def apex(**options):
    stack = new_stack("us-east-1")
    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z1", zone_name="example.com")
    ApexFailoverRecords(
        stack,
        "Records",
        zone=zone,
        health_check=route53.HealthCheck.from_health_check_id(stack, "Check", "check-1"),
        **{
            "primary": AliasTarget.distribution("d1.cloudfront.net"),
            "secondary": AliasTarget.website("eu-central-1"),
            **options,
        },
    )
    found = resources(stack, "AWS::Route53::RecordSet").values()
    return {r["Properties"]["Failover"]: r["Properties"] for r in found}


def test_an_apex_has_aliases_of_type_a_alone_because_websites_have_no_ipv6():
    found = apex()
    assert set(found) == {"PRIMARY", "SECONDARY"}
    assert {(r["Name"], r["Type"]) for r in found.values()} == {("example.com.", "A")}
    assert not [r for r in found.values() if "TTL" in r or "ResourceRecords" in r]


def test_an_apex_moves_by_the_check_and_never_by_the_targets_own_health():
    found = apex()
    assert found["PRIMARY"]["HealthCheckId"] == "check-1"
    assert "HealthCheckId" not in found["SECONDARY"]
    assert {r["AliasTarget"]["EvaluateTargetHealth"] for r in found.values()} == {False}


def test_an_apex_leads_to_the_distribution_and_to_the_regions_websites():
    targets = {role: (r["AliasTarget"]["DNSName"], r["AliasTarget"]["HostedZoneId"]) for role, r in apex().items()}
    assert targets == {
        "PRIMARY": ("d1.cloudfront.net", "Z2FDTNDATAQYW2"),
        "SECONDARY": ("s3-website.eu-central-1.amazonaws.com", "Z21DNDUVLTQW6Q"),
    }


def test_a_region_without_an_alias_target_is_refused():
    with pytest.raises(ValueError, match="no alias target for S3 websites known in mx-central-1"):
        AliasTarget.website("mx-central-1")


def distribution(stack):
    return cloudfront.Distribution.from_distribution_attributes(
        stack, "Cdn", distribution_id="E1", domain_name="d1.cloudfront.net"
    )


def test_records_point_at_distributions_and_endpoints():
    here, there = new_stack("us-east-1"), new_stack("eu-central-1")
    website = WebsiteReplicaBucket(there, "Website", hostname="www.example.com")
    found = records(primary=distribution(here), secondary=website.endpoint)
    assert [found[role]["ResourceRecords"] for role in ("PRIMARY", "SECONDARY")] == [["d1.cloudfront.net"], [SECONDARY]]
    assert records(primary=Endpoint("lb.example.net"))["PRIMARY"]["ResourceRecords"] == ["lb.example.net"]


@pytest.mark.parametrize("wrong", [3, None, AliasTarget])
def test_what_has_no_name_is_no_target(wrong):
    with pytest.raises(TypeError, match=r"^secondary: got .*, expected a string; write it in quotes"):
        records(secondary=wrong)


def zone_of(region):
    stack = Stack(App(), "Test", env={"region": region} if region else None)
    return stack.resolve(AliasTarget.distribution(distribution(stack)).hosted_zone_id)


def test_the_zone_of_cloudfront_is_the_partitions():
    assert zone_of("us-east-1") == "Z2FDTNDATAQYW2"
    for region in ("cn-northwest-1", None):
        assert zone_of(region)["Fn::FindInMap"][1:] == [{"Ref": "AWS::Partition"}, "zoneId"]


def test_an_apex_needs_more_than_a_name():
    with pytest.raises(TypeError, match=r"^primary: got 'd1', expected a distribution or an AliasTarget; pass one, or"):
        apex(primary="d1")


def test_a_name_that_is_known_at_deployment_alone_is_whole():
    stack = new_stack("us-east-1")
    name, zone_name = (CfnParameter(stack, each).value_as_string for each in ("Name", "ZoneName"))
    FailoverRecords(
        stack,
        "Records",
        zone=route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z1", zone_name=zone_name),
        record_name=name,
        health_check=route53.HealthCheck.from_health_check_id(stack, "Check", "check-1"),
        primary="d1.cloudfront.net",
        secondary=SECONDARY,
    )
    found = resources(stack, "AWS::Route53::RecordSet").values()
    assert {text(each["Properties"]["Name"]) for each in found} == {"<Name>."}
