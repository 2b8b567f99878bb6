import pytest
from aws_cdk import aws_route53 as route53
from cdk_templates import new_stack, properties, resource, text

from s3_failover_constructs import PublicZone


@pytest.fixture
def stack():
    stack = new_stack("us-east-1")
    zone = PublicZone(stack, "Zone", zone_name="dns.example.com", comment="a site")
    parent = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Parent", hosted_zone_id="Z1", zone_name="example.com"
    )
    zone.delegate_from(parent)
    return stack


def test_a_zone_is_public_and_named(stack):
    zone = properties(stack, "AWS::Route53::HostedZone")
    assert (zone["Name"], zone["HostedZoneConfig"]) == ("dns.example.com.", {"Comment": "a site"})
    assert "VPCs" not in zone


def test_records_of_a_zone_can_be_changed_again_while_us_east_1_is_down_unless_one_chooses_otherwise(stack):
    zone = properties(stack, "AWS::Route53::HostedZone")
    assert zone["HostedZoneFeatures"] == {"EnableAcceleratedRecovery": True}
    plain = new_stack("us-east-1")
    PublicZone(plain, "Zone", zone_name="dns.example.com", accelerated_recovery=False)
    assert "HostedZoneFeatures" not in properties(plain, "AWS::Route53::HostedZone")


@pytest.mark.parametrize("kind", ["AWS::Route53::HostedZone", "AWS::Route53::RecordSet"])
def test_zone_and_delegation_are_kept_when_the_stack_goes(stack, kind):
    found = resource(stack, kind)
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_zone_above_delegates_to_the_zones_own_name_servers(stack):
    record = properties(stack, "AWS::Route53::RecordSet")
    assert (record["HostedZoneId"], record["Name"], record["Type"], record["TTL"]) == (
        "Z1",
        "dns.example.com.",
        "NS",
        "3600",
    )
    assert text(record["ResourceRecords"]).endswith(".NameServers>")
