"""An origin with failover in distributions that are not ours."""

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from aws_cdk.aws_cloudfront_origins import HttpOrigin
from cdk_templates import text
from construct_samples import copy, sample_stack

from s3_failover_constructs import FailoverDistribution, FailoverOrigin, PrimaryBucket, admit_distributions


def origin(scope, **options):
    buckets = {"primary": copy(scope, "main", "us-east-1"), "replica": copy(scope, "standby")}
    return FailoverOrigin(**{**buckets, **options})


def cdn(scope, behavior, name="Cdn", **options):
    return cloudfront.Distribution(
        scope, name, default_behavior=cloudfront.BehaviorOptions(origin=behavior), default_root_object="i", **options
    )


def configs(stack):
    found = Template.from_stack(stack).find_resources("AWS::CloudFront::Distribution").values()
    return [each["Properties"]["DistributionConfig"] for each in found]


def test_any_distribution_goes_on_to_the_replica():
    stack = sample_stack()
    cdn(stack, origin(stack))
    (config,) = configs(stack)
    (group,) = config["OriginGroups"]["Items"]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == group["Id"]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 500, 502, 503, 504]
    members = [each["OriginId"] for each in group["Members"]["Items"]]
    by_id = {each["Id"]: each for each in config["Origins"]}
    names = [text(by_id[each]["DomainName"]).split(".s3.")[0] for each in members]
    assert names == ["main", "standby"]
    for each in by_id.values():
        assert (each["ConnectionAttempts"], each["ConnectionTimeout"]) == (1, 2)
        assert each["S3OriginConfig"] == {"OriginAccessIdentity": "", "OriginReadTimeout": 5}


def test_behaviors_share_one_group_and_one_access_control():
    stack = sample_stack()
    shared = origin(stack)
    media = cloudfront.BehaviorOptions(origin=shared, cache_policy=cloudfront.CachePolicy.CACHING_DISABLED)
    api = cloudfront.BehaviorOptions(origin=HttpOrigin("api.example.com"))
    cdn(stack, shared, additional_behaviors={"/media/*": media, "/api/*": api})
    (config,) = configs(stack)
    assert len(config["OriginGroups"]["Items"]) == 1
    assert len(config["Origins"]) == 3
    assert config["CacheBehaviors"][0]["TargetOriginId"] == config["DefaultCacheBehavior"]["TargetOriginId"]
    assert len(Template.from_stack(stack).find_resources("AWS::CloudFront::OriginAccessControl")) == 1


def test_one_origin_serves_several_distributions():
    stack = sample_stack()
    shared = origin(stack)
    cdn(stack, shared, "One")
    cdn(stack, shared, "Two")
    assert [len(each["OriginGroups"]["Items"]) for each in configs(stack)] == [1, 1]


def test_a_control_of_ones_own_signs():
    stack = sample_stack()
    control = cloudfront.S3OriginAccessControl(stack, "Control")
    cdn(stack, origin(stack, origin_access_control=control))
    (name,) = Template.from_stack(stack).find_resources("AWS::CloudFront::OriginAccessControl")
    assert {text(each["OriginAccessControlId"]) for each in configs(stack)[0]["Origins"]} == {f"<{name}.Id>"}


def test_timeouts_shields_and_codes_are_as_told():
    stack = sample_stack()
    told = origin(
        stack,
        connection_timeout=Duration.seconds(3),
        read_timeout=Duration.seconds(7),
        completion_timeout=Duration.seconds(90),
        fallback_status_codes=(500, 502, 503, 504),
        origin_shield_region="us-east-1",
        replica_origin_shield_region="eu-west-1",
    )
    cdn(stack, told)
    (config,) = configs(stack)
    assert config["OriginGroups"]["Items"][0]["FailoverCriteria"]["StatusCodes"]["Items"] == [500, 502, 503, 504]
    for each, region in zip(config["Origins"], ("us-east-1", "eu-west-1"), strict=True):
        assert each["ConnectionTimeout"] == 3
        assert each["S3OriginConfig"]["OriginReadTimeout"] == 7
        assert each["ResponseCompletionTimeout"] == 90
        assert each["OriginShield"] == {"Enabled": True, "OriginShieldRegion": region}


def test_buckets_of_the_stack_admit_the_distribution_for_reading_and_listing():
    stack = sample_stack()
    cdn(stack, origin(stack, primary=s3.Bucket(stack, "A"), replica=s3.Bucket(stack, "B")))
    policies = Template.from_stack(stack).find_resources("AWS::S3::BucketPolicy").values()
    assert len(policies) == 2
    for policy in policies:
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert set(statement["Action"]) == {"s3:GetObject", "s3:ListBucket"}


def test_the_cdk_says_that_the_policy_of_an_imported_bucket_is_written_elsewhere():
    stack = sample_stack()
    cdn(stack, origin(stack))
    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("imported bucket"))
    assert len(warnings) == 2


CIRCLE = "expected a bucket of the stack Edge, or an imported one; its policy would wait for the distribution, and"


def other_stack():
    app = App()
    env = Environment(account="123456789012", region="us-east-1")
    return Stack(app, "Content", env=env), Stack(app, "Edge", env=env)


@pytest.mark.parametrize("argument", ["primary", "replica"])
def test_a_bucket_of_another_stack_is_refused_before_the_circle_is(argument):
    content, edge = other_stack()
    bucket = s3.Bucket(content, "Bucket")
    # The CDK asks the origin, and tells its refusal in an error of its own.
    with pytest.raises(RuntimeError, match=f"{argument}: got 'Content/Bucket', {CIRCLE}"):
        cdn(edge, origin(edge, **{argument: bucket}))
    buckets = {"primary": copy(edge, "first"), "replica": copy(edge, "second")} | {argument: bucket}
    with pytest.raises(ValueError, match=f"^{argument}: got 'Content/Bucket', {CIRCLE}"):
        FailoverDistribution(edge, "Failover", **buckets)


def test_a_bucket_of_another_stack_that_is_imported_by_name_is_read():
    content, edge = other_stack()
    admit_distributions(s3.Bucket(content, "Bucket", bucket_name="main"))
    cdn(edge, origin(edge))
    assert len(configs(edge)) == 1
    assert Template.from_stack(content)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"read_timeout": Duration.seconds(121)},
            "read_timeout: got 2 minutes 1 second, expected whole seconds from 1",
        ),
        (
            {"connection_timeout": Duration.seconds(11)},
            "connection_timeout: got 11 seconds, expected whole seconds fro",
        ),
        ({"fallback_status_codes": (404,)}, r"fallback_status_codes: got \(404,\), expected 500, 502, 503 and 504"),
    ],
)
def test_what_cloudfront_refuses_is_refused_at_synth(options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        origin(sample_stack(), **options)


@pytest.mark.parametrize("argument", ["primary", "replica"])
def test_a_construct_that_has_a_bucket_is_none(argument):
    stack = sample_stack()
    made = PrimaryBucket(stack, "Primary", bucket_name="content")
    with pytest.raises(
        TypeError, match=rf"^{argument}: got <.*, expected a bucket; pass an s3\.Bucket, or the attribute"
    ):
        origin(stack, **{argument: made})
