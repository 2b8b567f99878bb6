"""A team's own buckets behind a distribution of its own, with two names, a web ACL and an API."""

import pytest
from cdk_templates import text
from foreign_apps import nag_findings, synthesized
from site_stacks import find


@pytest.fixture(scope="module")
def stacks():
    return synthesized("own_buckets")


@pytest.fixture(scope="module")
def distribution(stacks):
    (found,) = find(stacks["Web"], "AWS::CloudFront::Distribution")
    return found["DistributionConfig"]


def test_it_has_two_names_and_a_web_acl(stacks, distribution):
    assert distribution["Aliases"] == ["example.com", "www.example.com"]
    assert distribution["WebACLId"].endswith(":global/webacl/site/11111111-2222-3333-4444-555555555555")
    assert distribution["Restrictions"]["GeoRestriction"] == {"Locations": ["AQ"], "RestrictionType": "blacklist"}
    records = find(stacks["Web"], "AWS::Route53::RecordSet")
    assert {each["Name"] for each in records} == {"example.com.", "www.example.com."}


def test_content_and_images_are_read_from_one_group_and_the_api_is_not(distribution):
    behaviors = {each["PathPattern"]: each["TargetOriginId"] for each in distribution["CacheBehaviors"]}
    (group,) = distribution["OriginGroups"]["Items"]
    assert distribution["DefaultCacheBehavior"]["TargetOriginId"] == behaviors["/images/*"] == group["Id"]
    api = next(each for each in distribution["Origins"] if each["Id"] == behaviors["/api/*"])
    assert api["DomainName"] == "balancer.example.com"


def test_both_buckets_let_the_distribution_list_so_that_a_missing_page_is_a_404(stacks):
    for name in ("Web", "Copy"):
        policies = [
            statement
            for each in find(stacks[name], "AWS::S3::BucketPolicy")
            for statement in each["PolicyDocument"]["Statement"]
            if statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        ]
        actions = {text(statement["Action"]) for statement in policies}
        assert {"s3:GetObject", "s3:ListBucket"} <= set(",".join(actions).split(","))


def test_the_health_object_cannot_be_deleted_but_by_who_wrote_it(stacks):
    (kept,) = (
        statement
        for each in find(stacks["Web"], "AWS::S3::BucketPolicy")
        for statement in each["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and "s3:DeleteObject" in statement["Action"]
    )
    assert "aws:PrincipalArn" in kept["Condition"]["ArnNotEquals"]
    (health,) = (r for r in stacks["Web"]["Resources"].values() if r["Type"] == "Custom::HealthObject")
    assert health["Properties"]["ReplicatedTo"] == ["acme-site-us-west-2"]


def test_checkers_ask_for_the_health_object_which_the_bucket_shows_them_and_no_cache_keeps(stacks, distribution):
    checks = [each["HealthCheckConfig"] for each in find(stacks["Web"], "AWS::Route53::HealthCheck")]
    asked = {each["ResourcePath"] for each in checks if each["Type"] == "HTTPS"}
    assert asked == {"/_s3-failover/health.txt"}
    (uncached,) = (each for each in distribution["CacheBehaviors"] if each["PathPattern"] in asked)
    assert uncached["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert uncached["TargetOriginId"] == distribution["DefaultCacheBehavior"]["TargetOriginId"]


def test_alarms_watch_what_there_is(stacks):
    assert len(find(stacks["Web"], "AWS::CloudWatch::Alarm")) == 3
    assert find(stacks["Web"], "AWS::CloudWatch::CompositeAlarm") == []


def test_cdk_nag_finds_nothing():
    assert nag_findings("own_buckets") == set()
