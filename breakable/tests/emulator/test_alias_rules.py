import boto3
import pytest
from aws_cdk.aws_route53_targets import CloudFrontTarget
from aws_cdk.region_info import RegionInfo

from breakable_aws.emulator.cloudfront.alias_rules import CLOUDFRONT_ZONE, WEBSITE_ZONES, violation

WEBSITE = {"DNSName": "s3-website-us-west-2.amazonaws.com.", "HostedZoneId": "Z3BJ6K6RIION7M"}
DISTRIBUTION = {"DNSName": "d1.cloudfront.net.", "HostedZoneId": CLOUDFRONT_ZONE}


def alias(target, *, healthy=False, kind="A", **more):
    target = {**target, "EvaluateTargetHealth": healthy}
    return {"Name": "example.com.", "Type": kind, "AliasTarget": target, **more}


@pytest.mark.parametrize(
    "record",
    [
        alias(WEBSITE),
        alias(WEBSITE, healthy=True),
        alias(DISTRIBUTION),
        alias(DISTRIBUTION, kind="AAAA"),
        alias({"DNSName": "www.example.com.", "HostedZoneId": "Z1"}, healthy=True),
    ],
)
def test_aliases_that_route_53_takes(record):
    assert violation(record) is None


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (alias(DISTRIBUTION, healthy=True), "EvaluateTargetHealth"),
        (alias(DISTRIBUTION | {"HostedZoneId": "Z1"}), "not found in the hosted zone Z1"),
        (alias(WEBSITE | {"HostedZoneId": CLOUDFRONT_ZONE}), "not found"),
        (alias(WEBSITE | {"HostedZoneId": "Z21DNDUVLTQW6Q"}), "not found"),
        (alias(WEBSITE | {"DNSName": "example.com.s3-website-us-west-2.amazonaws.com."}), "not found"),
        (alias(WEBSITE, kind="AAAA"), "no AAAA records"),
        (alias(DISTRIBUTION, TTL="60"), "cannot have TTL"),
    ],
)
def test_aliases_that_route_53_refuses(record, why):
    problem = violation(record)
    assert problem
    assert why in problem[1]


def test_the_zones_are_those_of_the_cdk():
    infos = (RegionInfo.get(region) for region in boto3.Session().get_available_regions("s3"))
    known = {i.s3_static_website_hosted_zone_id: f"{i.s3_static_website_endpoint}." for i in infos}
    known.pop(None, None)
    known.pop("", None)
    assert known == WEBSITE_ZONES
    assert CloudFrontTarget.CLOUDFRONT_ZONE_ID == CLOUDFRONT_ZONE
